"""The frame around a page: where the reader is, what is wrong now, and who is on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from domain.permissions import Permission
from models.session import act_for, act_for_nobody
from server.identity.principal import Call
from server.identity.restrictions import SENTENCES
from server.request import versions
from server.resources import resources
from services.accounts import accounts
from services.on_call import current
from web import demo, kept_counts, notices, preferences, refusals
from web.notices import Notice


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
    truth: StatusCounts
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


def of(call: Call, active: str) -> Shell:
    """Return the frame of a page for the caller."""
    profiles = _profiles(call)
    if call.principal.refusal is not None:
        return _restricted(call, active, profiles)
    counted = kept_counts.for_frame(call)
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
        may=call.principal.access.somewhere,
        truth=_truth(call),
        open_incidents=counted.open_incidents,
        duty=_duty(call) if counted.has_schedules else None,
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
        truth=_nothing(call.now),
        open_incidents=0,
        duty=None,
        live_url="",
        is_refusal=request.method == "POST",
        version=None,
        is_operator=False,
        restriction=refusals.translated(sentence),
        made_up_until=None,
    )


def _nothing(now: datetime) -> StatusCounts:
    return StatusCounts(
        up=0, degraded=0, down=0, unknown=0, maintenance=0, paused=0, pending=0, as_of=now
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


def _truth(call: Call) -> StatusCounts:
    counted = kept_counts.by_status(call)
    return StatusCounts(
        as_of=counted.at, **{status.value: number for status, number in counted.numbers.items()}
    )


def _duty(call: Call) -> Duty | None:
    """Return the duty of the first schedule, by name."""
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
