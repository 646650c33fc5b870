"""The frame around a page: where the reader is, what is wrong now, and who is on duty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from domain.permissions import Permission
from models.session import act_for, act_for_nobody, confined_to
from server.identity.principal import Call
from server.identity.restrictions import SENTENCES
from server.request import versions
from server.resources import resources
from services.access.access import Access
from services.accounts import accounts
from services.on_call import current
from web import demo, kept_counts, notices, preferences, refusals
from web.notices import Notice

T = TypeVar("T")

_NOWHERE = Access(frozenset(), {})


@dataclass(frozen=True, slots=True)
class Named:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCounts:
    """How many monitors have each state, and when that was so."""

    up: int
    degraded: int
    down: int
    unknown: int
    maintenance: int
    paused: int
    pending: int
    as_of: datetime

    @property
    def monitors(self) -> int:
        """The number of all monitors."""
        known = self.up + self.degraded + self.down + self.unknown
        return known + self.maintenance + self.paused + self.pending

    @property
    def is_calm(self) -> bool:
        """Whether nothing is known to be wrong, and nothing is unknown."""
        return not (self.down or self.degraded or self.unknown)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty, until when, and who is next; None is nobody, or nothing that is known."""

    name: str | None
    until: datetime | None
    then: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page has, with or without a login."""

    locale: str
    direction: str
    theme: str
    zone: str
    shortcuts: bool
    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Frame):
    """What the pages of the application have in addition."""

    active: str
    organization: Named
    organizations: Sequence[Named]
    user_email: str
    role: str
    may: frozenset[Permission]
    """What the reader may do with what the page is about, or else anywhere."""
    access: Access
    truth: StatusCounts | None
    """None for a reader who may see no monitor."""
    open_incidents: int
    duty: Duty | None
    live_url: str
    is_refusal: bool
    """Whether the page answers a form that was sent. Its address cannot be asked for again."""
    version: int | None
    is_operator: bool
    restriction: str = ""
    """Why the policy of the organization refuses the reader all other pages."""
    made_up_until: datetime | None
    """Until when the history of the demo organization is made up; None for all others."""

    @property
    def organization_name(self) -> str:
        return self.organization.name


def frame() -> Frame:
    """Return the frame of a page for a reader who is not logged in."""
    return Frame(**_reader())


def of(call: Call, active: str, about: Sequence[int | None] | None = None) -> Shell:
    """Return the frame of a page for the caller, that is `about` something of these projects."""
    profiles = _profiles(call)
    if call.principal.refusal is not None:
        return _restricted(call, active, profiles)
    access = call.principal.access
    version = versions.of_request()
    present = next(each for each in profiles if each.organization.id == call.organization_id)
    return Shell(
        **_reader(),
        active=active,
        organization=Named(present.organization.public_id, present.organization.name),
        organizations=[
            Named(each.organization.public_id, each.organization.name) for each in profiles
        ],
        user_email=present.user.email,
        role=present.role.value,
        may=access.somewhere if about is None else _may(access, about),
        access=access,
        truth=_counted(call, Permission.MONITOR_READ, _truth),
        open_incidents=_counted(call, Permission.INCIDENT_READ, _open_incidents) or 0,
        duty=_counted(call, Permission.ESCALATION_READ, _duty),
        live_url=f"{resources().settings.live_url}/live/events",
        is_refusal=request.method == "POST",
        version=None if version is None else version.number,
        is_operator=is_operator(present.user.email),
        made_up_until=demo.made_up_until(present.organization),
    )


def _restricted(call: Call, active: str, profiles: Sequence[accounts.Profile]) -> Shell:
    """Return a frame that shows nothing of the organization but its name."""
    present = next(each for each in profiles if each.organization.id == call.organization_id)
    sentence = "" if call.principal.refusal is None else SENTENCES[call.principal.refusal]
    return Shell(
        **_reader(),
        active=active,
        organization=Named(present.organization.public_id, present.organization.name),
        organizations=[
            Named(each.organization.public_id, each.organization.name) for each in profiles
        ],
        user_email=present.user.email,
        role=present.role.value,
        may=frozenset(),
        access=_NOWHERE,
        truth=None,
        open_incidents=0,
        duty=None,
        live_url="",
        is_refusal=request.method == "POST",
        version=None,
        is_operator=False,
        restriction=refusals.translated(sentence),
        made_up_until=None,
    )


def is_operator(email: str) -> bool:
    """Return whether an address is an operator's. On a laptop everybody is one."""
    settings = resources().settings
    return settings.environment == "development" or email in settings.operators


def _reader() -> dict[str, Any]:
    reader = preferences.current()
    return {
        "locale": reader.locale,
        "direction": reader.direction,
        "theme": reader.theme,
        "zone": reader.zone_name,
        "shortcuts": reader.shortcuts,
        "notices": notices.of_request(),
    }


def _may(access: Access, about: Sequence[int | None]) -> frozenset[Permission]:
    return frozenset.intersection(access.somewhere, *map(access.over, about))


def _counted(call: Call, permission: Permission, count: Callable[[Call], T]) -> T | None:
    """Count what the reader sees with a permission, which may be another one than the page's.

    The pages of an account are open to everybody, and a guest sees nothing around them of what
    belongs to no project of theirs.
    """
    principal = call.principal
    if permission not in principal.access.somewhere:
        return None
    projects = principal.access.confined_to(permission)
    with confined_to(call.session, projects):
        return count(replace(call, principal=replace(principal, projects=projects)))


def _open_incidents(call: Call) -> int:
    return kept_counts.for_frame(call).open_incidents


def _truth(call: Call) -> StatusCounts:
    counted = kept_counts.by_status(call)
    return StatusCounts(
        as_of=counted.at, **{status.value: number for status, number in counted.numbers.items()}
    )


def _duty(call: Call) -> Duty | None:
    """Return the duty of the first schedule, by name."""
    if not kept_counts.for_frame(call).has_schedules:
        return None
    for each in current.duties(call.session, call.organization_id, now=call.now, limit=1):
        return Duty(each.name, each.until, each.then)
    return None


def _profiles(call: Call) -> Sequence[accounts.Profile]:
    """Return the memberships of the caller, which only nobody sees across organizations."""
    act_for_nobody(call.session)
    found = accounts.memberships(call.session, call.principal.user_id)
    # Not if that failed: the transaction is over then, and the failure is what has to be told.
    act_for(call.session, call.organization_id)
    return found
