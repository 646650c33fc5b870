"""What the form of a monitor offers to choose from: groups, policies, credentials, regions, parents."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from domain.permissions import Permission
from probes import registry
from server.identity.principal import Call
from services.contacts import groups
from services.credentials import credentials
from services.escalation import views as policies
from services.pagination import Page, PageRequest
from services.schedules import regions
from web import words
from web.access import choices
from web.monitors.picker import Picker

_PAGE = 200
_MOST_PAGES = 3
"""No quota allows more rows than these pages show."""

Choices = Sequence[tuple[str, str]]
Reader = Callable[[Any, int, PageRequest], Page[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Pairs of a value and its label.

    Credentials are None if the caller may not see them, or if the kind takes none.
    """

    groups: Choices
    policies: Choices
    regions: Choices
    credentials: Choices | None
    parents: Choices
    projects: Choices
    """None of them and the projects; nothing if the organization has no project."""


def of(call: Call, kind: str, parents: Picker) -> Options:
    """Return what the caller may choose from for a monitor of this kind."""
    schemes = registry.schemes_of(kind)
    may_see = Permission.CREDENTIAL_READ in call.principal.permissions
    return Options(
        groups=[(str(each.group.public_id), each.group.name) for each in _all(call, groups.page)],
        policies=[
            (str(each.policy.public_id), each.policy.name) for each in _all(call, policies.page)
        ],
        regions=[(each.name, each.name) for each in regions.all_of(call.session)],
        credentials=_credentials(call, schemes) if may_see and schemes else None,
        parents=parents.choices,
        projects=choices.own_projects(call),
    )


def _credentials(call: Call, schemes: Collection[str]) -> Choices:
    return [
        (
            str(each.credential.public_id),
            f"{each.credential.name} ({words.scheme(each.credential.scheme)})",
        )
        for each in _all(call, credentials.page)
        if each.credential.scheme in schemes
    ]


def _all(call: Call, read: Reader) -> Sequence[Any]:
    found: list[Any] = []
    request = PageRequest(limit=_PAGE)
    for _ in range(_MOST_PAGES):
        page = read(call.session, call.organization_id, request)
        found += page.items
        if page.next_cursor is None:
            break
        request = PageRequest(limit=_PAGE, cursor=page.next_cursor)
    return found
