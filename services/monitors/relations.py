"""References of monitors to groups and credentials: public ids outside, keys inside."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, literal, select, union_all
from sqlalchemy.orm import Session

from models import ContactGroup, Credential, Monitor, MonitorContactGroup, MonitorCredential
from models.session import is_confined
from probes import registry
from probes.auth.registry import SCHEMES
from services import credential_origins
from services.contacts import groups as contact_groups
from services.credential_origins import CredentialKey
from services.dependencies import dependencies
from services.escalation import views as escalation_views
from services.projects import projects
from services.schedules import regions

MOST_CREDENTIALS = 4
_ONE_OF_EACH = {
    "client_certificate": "client certificate",
    "proxy": "proxy",
    "ca_bundle": "CA bundle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The public ids that one monitor refers to; credentials from outermost to innermost."""

    contact_group_ids: Sequence[uuid.UUID] = ()
    credential_ids: Sequence[uuid.UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The existing referenced rows of the organization."""

    groups: Mapping[uuid.UUID, int]
    credentials: Mapping[uuid.UUID, CredentialKey]
    regions: Mapping[str, int]
    policies: Mapping[uuid.UUID, int]
    parents: Mapping[uuid.UUID, int]
    projects: Mapping[uuid.UUID, int]
    needs_project: bool = False
    """Whether the caller may use projects only, so that a monitor has to belong to one."""
    may_name_origins: bool = False
    """Whether the first use of a credential may set its origin, and skip verifying TLS."""
    unverified: Collection[uuid.UUID] = ()
    """Credentials that already go to an unverified server, as an earlier writer allowed."""

    @property
    def usual_region(self) -> str:
        """The region that was registered first."""
        return min(self.regions, key=self.regions.__getitem__)


def known(  # noqa: PLR0913 - one for each kind of what is named
    session: Session,
    organization_id: int,
    *,
    group_ids: Iterable[uuid.UUID],
    credential_ids: Iterable[uuid.UUID],
    policy_ids: Iterable[uuid.UUID | None] = (),
    parent_ids: Iterable[uuid.UUID] = (),
    project_ids: Iterable[uuid.UUID | None] = (),
) -> Known:
    """Look up all referenced rows at once; those of other organizations are left out."""
    return Known(
        groups=contact_groups.keys(session, organization_id, group_ids),
        credentials=credential_origins.keys(session, organization_id, set(credential_ids)),
        regions={name: key for key, name in regions.names(session).items()},
        policies=escalation_views.keys(
            session, organization_id, (each for each in policy_ids if each)
        ),
        parents=dependencies.keys(session, organization_id, parent_ids),
        projects=projects.keys(session, organization_id, (each for each in project_ids if each)),
        needs_project=is_confined(session),
    )


def problems(
    kind: str, group_ids: Sequence[uuid.UUID], credential_ids: Sequence[uuid.UUID], there: Known
) -> dict[str, list[str]]:
    """Return what a monitor of that kind may not refer to, by the name of the field."""
    found: dict[str, list[str]] = {}
    unknown = [
        f"There is no contact group {each}." for each in group_ids if each not in there.groups
    ]
    if unknown:
        found["contact_group_ids"] = unknown
    refused = list(_credential_problems(kind, credential_ids, there.credentials))
    if refused:
        found["credential_ids"] = refused
    return found


def link(session: Session, monitor: Monitor, named: References, there: Known) -> None:
    """Write the links; everything named has to be in `there`, see `problems`."""
    session.add_all(
        MonitorContactGroup(
            monitor_id=monitor.id,
            contact_group_id=there.groups[each],
            organization_id=monitor.organization_id,
        )
        for each in named.contact_group_ids
    )
    session.add_all(
        MonitorCredential(
            monitor_id=monitor.id,
            position=position,
            credential_id=there.credentials[each].id,
            organization_id=monitor.organization_id,
        )
        for position, each in enumerate(named.credential_ids)
    )


def unlink_groups(session: Session, monitor: Monitor) -> None:
    """Unlink the groups that the caller sees; a monitor also notifies those of other projects."""
    seen = select(ContactGroup.id).where(ContactGroup.organization_id == monitor.organization_id)
    session.execute(
        delete(MonitorContactGroup).where(
            MonitorContactGroup.monitor_id == monitor.id,
            MonitorContactGroup.contact_group_id.in_(seen),
        )
    )


def unlink_credentials(session: Session, monitor: Monitor) -> None:
    session.execute(delete(MonitorCredential).where(MonitorCredential.monitor_id == monitor.id))


def of(session: Session, monitor_ids: Iterable[int]) -> dict[int, References]:
    """Return the references of those monitors, with one query.

    Groups are in the order of their names, credentials in their own order.
    """
    ids = list(monitor_ids)
    groups = (
        select(
            MonitorContactGroup.monitor_id,
            ContactGroup.public_id,
            literal(-1).label("position"),
            ContactGroup.name,
        )
        .join(ContactGroup, ContactGroup.id == MonitorContactGroup.contact_group_id)
        .where(MonitorContactGroup.monitor_id.in_(ids))
    )
    attached = (
        select(
            MonitorCredential.monitor_id,
            Credential.public_id,
            MonitorCredential.position,
            Credential.name,
        )
        .join(Credential, Credential.id == MonitorCredential.credential_id)
        .where(MonitorCredential.monitor_id.in_(ids))
    )
    rows = session.execute(union_all(groups, attached).order_by("position", "name")).all()
    named: dict[int, tuple[list[uuid.UUID], list[uuid.UUID]]] = {each: ([], []) for each in ids}
    for monitor_id, public_id, position, _ in rows:
        named[monitor_id][position >= 0].append(public_id)
    return {
        monitor_id: References(contact_group_ids=group_ids, credential_ids=credential_ids)
        for monitor_id, (group_ids, credential_ids) in named.items()
    }


def _credential_problems(
    kind: str, named: Sequence[uuid.UUID], there: Mapping[uuid.UUID, CredentialKey]
) -> Iterable[str]:
    yield from (f"There is no credential {each}." for each in named if each not in there)
    taken = registry.schemes_of(kind)
    if named and not taken:
        yield f"A monitor of kind {kind} takes no credentials."
    if len(named) > MOST_CREDENTIALS:
        yield f"A monitor may have at most {MOST_CREDENTIALS} credentials."
    schemes = Counter(there[each].scheme for each in named if each in there)
    for scheme, noun in _ONE_OF_EACH.items():
        if schemes[scheme] > 1:
            yield f"A monitor may have only one {noun}."
    if not taken:
        return
    if refused := sorted(schemes.keys() - taken):
        yield (
            f"A monitor of kind {kind} takes credentials of the schemes {', '.join(sorted(taken))},"
            f" not {', '.join(refused)}."
        )
    logins = [each for each in schemes.elements() if not SCHEMES[each].transport]
    if len(logins) > 1 and not registry.KINDS[kind].nests:
        yield f"A monitor of kind {kind} logs in with one credential only."
