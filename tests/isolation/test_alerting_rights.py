"""What is told, and what is not, is decided with the rights of whoever looks."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Incident, Monitor, MonitorState
from models.incident import Suppression
from models.session import act_for
from services.alerting import sweep as alerting_sweep
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import views as monitor_views
from services.warnings import slo_burn
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.factories.slos import slo
from tests.isolation.conftest import As
from tests.services.outage import EMAIL, NOW, notify


def broken(session: Session, **values: object) -> tuple[Monitor, Incident]:
    """Watch a child of a parent, and let it be down for ten minutes."""
    owner = organization(session).id
    began = NOW - timedelta(days=40)
    parent = make.monitor(session, owner, now=began)
    child = make.monitor(session, owner, now=began, parent_ids=[parent.public_id], **values)
    notify(session, child, EMAIL)
    incident = make.incident(session, child, started_at=NOW - timedelta(minutes=10))
    session.get_one(MonitorState, child.id).incident_open = True
    return child, incident


def test_upkeep_can_tell_whose_trouble_a_burn_is(committed: Engine, acting: As) -> None:
    with Session(committed) as session, session.begin():
        child, _ = broken(session)
        slo(session, child)
    with acting("downtime_maintenance") as session:
        slo_burn.sweep(session, now=NOW)
        events = session.scalars(select(Delivery.event)).all()
    assert events == [AlertEvent.BURN_RATE]


def test_the_sweep_can_tell_whether_an_outage_outlasted_a_pause(
    committed: Engine, acting: As
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        child, incident = broken(session)
    key = (child.organization_id, child.public_id)
    with acting("downtime_api") as session:
        act_for(session, child.organization_id)
        monitor_lifecycle.pause(session, monitor_views.find_locked(session, *key), now=NOW)
        assert session.get_one(Incident, incident.id).suppressed_by is Suppression.PAUSED
        monitor_lifecycle.resume(session, monitor_views.find_locked(session, *key), now=NOW)
    with acting("downtime_dispatch") as session:
        alerting_sweep.sweep(session, now=NOW + timedelta(seconds=1))
        row = session.get_one(Incident, incident.id)
        assert (row.suppressed_by, row.next_at) == (Suppression.PAUSED, NOW + timedelta(seconds=6))
