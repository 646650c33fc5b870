"""The rules of an organization's policy: who may act for it now, and which change locks out.

Everything here is a pure function of the policy, of one visit, and of the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

MOST_NETWORKS = 50
MOST_GRACE_DAYS = 30
IDLE_MINUTES = (15, 90 * 24 * 60)
SESSION_HOURS = (1, 90 * 24)
KEY_DAYS = (1, 400)


class LoginWay(StrEnum):
    """How a session began."""

    PASSWORD = "password"  # noqa: S105 - a way
    PASSKEY = "passkey"
    SSO = "sso"


SELECTABLE_WAYS = tuple(LoginWay)
"""The ways that a policy may name."""


class Refusal(StrEnum):
    """Why a visit is refused, in the order in which the reasons are looked for."""

    SESSION_OVER = "session_over"
    NETWORK = "network"
    WAY = "way"
    PASSKEY_MISSING = "passkey_missing"
    FACTOR_MISSING = "factor_missing"


OPEN_FOR_ENROLMENT = frozenset({Refusal.PASSKEY_MISSING, Refusal.FACTOR_MISSING})
"""The refusals that the member ends by enrolling, so the routes of the enrolment stay open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organization demands. The defaults hold until its owner changes them."""

    require_second_factor: bool = False
    second_factor_grace_days: int = 0
    second_factor_required_at: datetime | None = None
    session_idle_minutes: int = 12 * 60
    session_hours: int = 30 * 24
    networks: Sequence[str] = ()
    networks_for_machines: bool = False
    longest_key_days: int | None = None
    login_ways: Sequence[LoginWay] = SELECTABLE_WAYS

    @property
    def demands_sso(self) -> bool:
        """Whether members can only log in by the provider of the organization."""
        return set(self.login_ways) == {LoginWay.SSO}

    @property
    def idle(self) -> timedelta:
        """How long a session lasts without a request."""
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def total(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(hours=self.session_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a member: the session, its origin, and what the account has."""

    began_at: datetime
    last_seen_at: datetime
    joined_at: datetime
    way: LoginWay
    has_factor: bool
    has_passkey: bool
    address: Address | None = None
    is_foreign: bool = False
    """Whether the provider of another organization vouched for the session."""
    is_owner: bool = False

    def breaks_glass(self, policy: Policy) -> bool:
        """Whether an owner came in without the provider, by a password and a second factor."""
        is_strong = self.way in {LoginWay.PASSWORD, LoginWay.PASSKEY} and self.has_factor
        return policy.demands_sso and self.is_owner and is_strong


def refusal(policy: Policy, visit: Visit, *, now: datetime) -> Refusal | None:
    """Return the first reason to refuse a visit, or None if there is none."""
    return next(_refusals(policy, visit, now), None)


def _refusals(policy: Policy, visit: Visit, now: datetime) -> Iterator[Refusal]:
    if is_over(policy, visit.began_at, visit.last_seen_at, now=now):
        yield Refusal.SESSION_OVER
    if not is_from(policy.networks, visit.address):
        yield Refusal.NETWORK
    if visit.is_foreign:
        yield Refusal.WAY
    elif visit.way not in policy.login_ways and not visit.breaks_glass(policy):
        can_enrol = LoginWay.PASSKEY in policy.login_ways and not visit.has_passkey
        yield Refusal.PASSKEY_MISSING if can_enrol else Refusal.WAY
    deadline = factor_deadline(policy, visit.joined_at)
    # Of a session by the provider, the factors are the business of the provider.
    has_factor = visit.has_factor or visit.way is LoginWay.SSO
    if deadline is not None and now >= deadline and not has_factor:
        yield Refusal.FACTOR_MISSING


def is_over(policy: Policy, began_at: datetime, last_seen_at: datetime, *, now: datetime) -> bool:
    """Return whether a session is too old for the policy, or was unused for too long."""
    return now >= min(began_at + policy.total, last_seen_at + policy.idle)


def is_from(networks: Sequence[str], address: Address | None) -> bool:
    """Return whether an address is in one of the networks. Without networks, each is."""
    if not networks:
        return True
    return address is not None and any(address in ip_network(each) for each in networks)


def factor_deadline(policy: Policy, joined_at: datetime) -> datetime | None:
    """Return until when a member may do without a second factor; None is for ever."""
    if policy.second_factor_required_at is None:
        return None
    grace = timedelta(days=policy.second_factor_grace_days)
    return max(policy.second_factor_required_at, joined_at) + grace


def is_key_over(policy: Policy, made_at: datetime, *, now: datetime) -> bool:
    """Return whether a key or a secret is older than the policy allows."""
    if policy.longest_key_days is None:
        return False
    return now >= made_at + timedelta(days=policy.longest_key_days)


def key_end(policy: Policy, made_at: datetime, ends_at: datetime) -> datetime:
    """Return when a key or a secret ends: as it was set, or by its age if that is sooner."""
    if policy.longest_key_days is None:
        return ends_at
    return min(ends_at, made_at + timedelta(days=policy.longest_key_days))


def lockout(policy: Policy, visit: Visit) -> tuple[str, str] | None:
    """Return the field by which an owner's own change would lock the owner out, and why.

    The owner who changes the policy is the one who can still correct it. So the change must leave
    at least that visit possible.
    """
    if not is_from(policy.networks, visit.address):
        return "networks", "Your own address is not in these networks. Add it first."
    if visit.is_foreign or visit.way not in policy.login_ways:
        return "login_ways", "You logged in by another way. Log in by an allowed way first."
    if policy.demands_sso and not visit.has_factor:
        return "login_ways", (
            "Set up a second factor first. With it, an owner can log in if the provider fails."
        )
    if policy.require_second_factor and not visit.has_factor:
        return "require_second_factor", "You have no second factor yourself. Set one up first."
    return None


def problems(policy: Policy) -> dict[str, list[str]]:
    """Return what is wrong with the values of a policy, by field."""
    found = {}
    if policy.session_idle_minutes > policy.session_hours * 60:
        found["session_idle_minutes"] = ["Must not be longer than the whole session."]
    if not policy.login_ways:
        found["login_ways"] = ["Choose at least one."]
    if not policy.networks and policy.networks_for_machines:
        found["networks_for_machines"] = ["Name the networks first."]
    return found
