"""The authenticated caller: the only fact about a request that routes may trust."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from domain.organization_policy import Refusal, Visit
from domain.permissions import Permission, Role
from domain.plans.standing import Standing, allowed
from models.session import confine
from security.jwt.tokens import Claims, MachineClaims, TokenError
from security.login.machine_secrets import ApiKeyText, is_api_key_shaped, read_api_key
from server.identity.clients import client_address, client_certificate
from server.identity.lifetimes import login_lifetime
from server.identity.restrictions import Reach, judge, judge_machine
from server.resources import resources
from services import permissions
from services.access import access
from services.access.access import Access
from services.accounts import accounts, browser_sessions
from services.accounts import sessions as user_sessions
from services.errors import Forbidden, PaymentDue, Suspended, Unauthenticated
from services.machines import machines
from services.machines.machines import Machine
from services.permissions import Maker
from services.plans import terms

_WHY = "Send a valid access token or API key in the header `Authorization: Bearer <token>`."
_SEEN = "An API key in a URL is visible to others. Rotate the key, and send it in a header."


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The value of the cookie of a browser session."""

    text: str = field(repr=False)


Presented = Claims | MachineClaims | ApiKeyText | SessionCookie


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller on whose behalf a request is served.

    The tenant is taken from here, never from the request. The user of a machine is the one who
    created it and is responsible for it. A machine has no session.
    """

    organization_id: int
    user_id: int
    role: Role
    access: Access
    machine: Machine | None = None
    session_id: UUID | None = None
    standing: Standing = Standing.ACTIVE
    withheld: frozenset[Permission] = frozenset()
    """What the standing of the organization takes from the caller."""
    proven_at: datetime | None = None
    """When the user of a browser last gave the password."""
    visit: Visit | None = None
    """What the policy judged. A machine has none."""
    refusal: Refusal | None = None
    """Why the policy refuses the caller all routes but this one, and those like it."""
    projects: tuple[int, ...] | None = None
    """The keys of the projects that the request is confined to; None for the organization."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the caller may do with everything that the request sees."""
        return self.access.within(self.projects)

    @property
    def name(self) -> str:
        """A name of the caller that is unique in the organization."""
        return f"user {self.user_id}" if self.machine is None else str(self.machine.public_id)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request: its transaction, its principal, and the database's time."""

    session: Session
    principal: Principal
    now: datetime
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """Callbacks for after the commit of this request. They must not raise."""

    @property
    def organization_id(self) -> int:
        return self.principal.organization_id

    @property
    def maker(self) -> Maker:
        """Return the user responsible for what this request creates.

        The user can pass on no more than what they may do in the whole organization.
        """
        return Maker(self.principal.user_id, self.principal.access.everywhere)


def presented() -> Presented:
    """Return the credentials of this request, or raise `Unauthenticated`."""
    if any(is_api_key_shaped(value) for _, value in request.args.items(multi=True)):
        raise Unauthenticated(_SEEN)
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(_WHY)
    key = read_api_key(text.strip())
    if key is not None:
        return key
    try:
        return _bound(resources().tokens.verify(text.strip()))
    except TokenError as error:
        raise Unauthenticated(_WHY) from error


def call(session: Session, shown: Presented, reach: Reach = Reach.MEMBERS) -> Call:
    """Return the call, if the member, the service account or the key still exists.

    Raise `Unauthenticated` or `Forbidden` if the policy of the organization refuses it. `reach`
    says how far the route is open nevertheless.
    """
    found = _call(session, shown, reach)
    standing = terms.of(session, found.organization_id).standing
    own = found.principal.access
    left = own.narrowed(lambda permissions: allowed(standing, permissions))
    judged = replace(
        found.principal, access=left, standing=standing, withheld=own.somewhere - left.somewhere
    )
    return replace(found, principal=judged)


def _call(session: Session, shown: Presented, reach: Reach) -> Call:
    if isinstance(shown, SessionCookie):
        return _by_browser(session, shown, reach)
    if isinstance(shown, Claims):
        return _by_person(session, shown, reach)
    if isinstance(shown, ApiKeyText):
        found = machines.by_key(session, shown, client_address(), ring=resources().ring)
    else:
        found = machines.by_token(session, shown)
    if found is None:
        raise Unauthenticated(_WHY)
    machine, now = found
    judge_machine(machine.policy, client_address())
    principal = Principal(
        machine.organization_id,
        machine.user_id,
        machine.role,
        Access(machine.permissions, {}),
        machine,
    )
    return Call(session, principal, now)


def require(call: Call, permission: Permission | None) -> Call:
    """Return the call, confined to the projects in which its principal has the permission.

    Raise `Forbidden` if there is no such place, or no permission to require. Raise `PaymentDue` for
    a permission that is withheld until a payment.
    """
    if permission is None:
        raise Forbidden("This route names no permission, so nobody may use it.")
    if permission in call.principal.withheld:
        _refuse_standing(call.principal.standing)
    permissions.require(call.principal.access.somewhere, permission)
    projects = call.principal.access.confined_to(permission)
    if projects is None:
        return call
    confine(call.session, projects)
    return replace(call, principal=replace(call.principal, projects=projects))


def _refuse_standing(standing: Standing) -> None:
    if standing is Standing.RESTRICTED:
        raise PaymentDue(
            "Payment is overdue, so this organization can only read, export and pay."
            " Settle the invoice to change anything again."
        )
    raise Suspended("This organization is suspended. Ask the operator of this service.")


def _by_person(session: Session, claimed: Claims, reach: Reach) -> Call:
    member = accounts.member(session, claimed.organization_id, claimed.user_id, claimed.session_id)
    if member is None:
        raise Unauthenticated(_WHY)
    visit = replace(member.visit, address=client_address())
    refusal = judge(
        member.policy, visit, reach=reach, session_id=claimed.session_id, now=member.now
    )
    user_sessions.note_use(
        session, member.used, lifetime=login_lifetime().within(member.policy), now=member.now
    )
    principal = Principal(
        member.organization_id,
        member.user_id,
        member.role,
        access.of_member(session, member.membership_id, member.role, member.custom_role_id),
        session_id=claimed.session_id,
        visit=visit,
        refusal=refusal,
    )
    return Call(session, principal, member.now)


def _by_browser(session: Session, shown: SessionCookie, reach: Reach) -> Call:
    member = browser_sessions.member(session, shown.text)
    if member is None:
        raise Unauthenticated("Your session has ended. Log in again.")
    visit = replace(member.visit, address=client_address())
    refusal = judge(member.policy, visit, reach=reach, session_id=member.session_id, now=member.now)
    principal = Principal(
        member.organization_id,
        member.user_id,
        member.role,
        access.of_member(session, member.membership_id, member.role, member.custom_role_id),
        session_id=member.session_id,
        proven_at=member.proven_at,
        visit=visit,
        refusal=refusal,
    )
    return Call(session, principal, member.now)


def _bound(claims: Claims | MachineClaims) -> Claims | MachineClaims:
    """Refuse a certificate-bound token unless the request has that certificate (RFC 8705)."""
    if isinstance(claims, MachineClaims) and claims.certificate is not None:
        given = client_certificate() or ""
        if not compare_digest(given.encode(), claims.certificate.encode()):
            raise TokenError("certificate")
    return claims
