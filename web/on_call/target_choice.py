"""Notification targets in a form: each is written as its kind and its id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from models.escalation_policy import TargetKind
from services.escalation import target_names
from services.escalation.targets import PolicyTarget
from web.rendering import page_url
from web.translations import gettext as _

_MOST = 1000
_PAGES = {
    TargetKind.ON_CALL_SCHEDULE: ("on-call-schedules.show", "schedule_id"),
    TargetKind.CONTACT_GROUP: ("groups.show", "group_id"),
    TargetKind.CONTACT: ("contacts.show", "contact_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target as it is shown. `value` is that of the form."""

    value: str
    kind: str
    name: str
    href: str = ""


def written(target: PolicyTarget) -> str:
    return f"{target.kind.value}/{target.id}"


def read(text: str) -> PolicyTarget | None:
    """Return the target that a form names, whether it exists or not; None for anything else."""
    kind, _, public_id = text.partition("/")
    try:
        return PolicyTarget(TargetKind(kind), UUID(public_id))
    except ValueError:
        return None


def shown(
    session: Session, organization_id: int, targets: Iterable[PolicyTarget]
) -> Mapping[PolicyTarget, Target]:
    """Return the targets with their names and pages."""
    several = list(targets)
    names = target_names.of(session, organization_id, several)
    return {
        target: Target(
            value=written(target),
            kind=target.kind.value,
            name=names.get(target) or _("deleted meanwhile"),
            href=_href(target) if target in names else "",
        )
        for target in several
    }


def choices(session: Session, organization_id: int) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return what can be chosen, by kind."""
    return {
        kind.value: [(written(PolicyTarget(kind, each)), name) for each, name in named.items()]
        for kind, named in target_names.choices(session, organization_id, most=_MOST).items()
        if named
    }


def _href(target: PolicyTarget) -> str:
    endpoint, argument = _PAGES[target.kind]
    return page_url(endpoint, **{argument: target.id})
