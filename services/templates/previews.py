"""Previews of messages: templates applied to a sample, or to an existing incident."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, Alert
from models import Incident, Monitor, Organization
from notifiers import sample_alerts
from notifiers.preview import Preview, preview
from notifiers.registry import KINDS
from notifiers.templates import templates
from services.errors import Invalid, NotFound
from services.incidents import history as incident_history
from services.incidents import outages, stated
from services.templates import templates as message_templates
from services.templates.templates import TemplateValues


def previews(
    session: Session,
    organization_id: int,
    values: TemplateValues,
    *,
    incident_id: uuid.UUID | None = None,
    now: datetime,
) -> Sequence[Preview]:
    """Return a preview for the kind, or for each kind; missing templates use the default wording.

    Raise `Invalid` as storing the template would, or for an unknown incident.
    """
    message_templates.check(values)
    alert = _alert(session, organization_id, values, incident_id, now)
    kinds = list(KINDS) if values.kind is None else [values.kind]
    return [preview(kind, _rendered(alert, values, kind)) for kind in kinds]


def _alert(
    session: Session,
    organization_id: int,
    values: TemplateValues,
    incident_id: uuid.UUID | None,
    now: datetime,
) -> Alert:
    organization = session.get_one(Organization, organization_id)
    sample = replace(sample_alerts.sample(values.event), organization_name=organization.name)
    if incident_id is None:
        return sample
    try:
        shown = incident_history.find(session, organization_id, incident_id)
    except NotFound as error:
        raise Invalid({"incident_id": [str(error)]}) from None
    monitor = shown.monitor
    sample = replace(
        sample,
        monitor_id=str(monitor.public_id),
        monitor_name=monitor.name,
        url=monitor.url,
        tags=tuple(monitor.tags),
    )
    if sample.started_at is None:
        return sample
    return _of_incident(session, sample, shown.incident, monitor, now=now)


def _of_incident(
    session: Session, sample: Alert, incident: Incident, monitor: Monitor, *, now: datetime
) -> Alert:
    is_over = sample.event in ENDS
    outage = outages.of(session, incident, is_over=is_over, until=incident.ended_at or now)
    ended_at = (incident.ended_at or now) if is_over else None
    return replace(
        stated.with_incident(session, sample, monitor, incident),
        ended_at=ended_at,
        outage=replace(outage, ended_at=ended_at),
        also_down=(),
        occurred_at=incident.ended_at or now,
    )


def _rendered(alert: Alert, values: TemplateValues, kind: str) -> Alert:
    return replace(alert, rendered=templates.rendered(kind, values.sources, alert))
