"""What is told, and what is not, is decided with the rights of whoever looks."""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Incident, Monitor, MonitorState
from models.incident import Suppression
from models.session import act_for
from security.links import Links
from services.alerting import acknowledge_links
from services.alerting import sweep as alerting_sweep
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import views as monitor_views
from services.warnings import slo_burn
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.factories.slos import slo
from tests.isolation.acting import As
from tests.services.outage import EMAIL, NOW, notify
from tests.services.relaying import notify as write_opening
from tests.services.relaying import relay_settings, send


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


def test_housekeeping_can_tell_whose_trouble_a_burn_is(committed: Engine, acting: As) -> None:
    with Session(committed) as session, session.begin():
        child, _ = broken(session)
        slo(session, child)
    with acting("downtime_housekeeping") as session:
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


def test_a_relay_makes_the_short_link_and_the_api_finds_what_it_acknowledges(
    committed: Engine, acting: As
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        _, incident = broken(session)
        (delivery_id,) = write_opening(session, incident)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    by = relay_settings(links=Links(pem, public_url="https://d.example"))
    with acting("downtime_notifications") as session:
        link = send(session, delivery_id, by=by).alert.acknowledge_link
    with acting("downtime_api") as session:
        page = acknowledge_links.accept(session, link.rpartition("/")[2], now=NOW)
        assert [each.incident.id for each in page.reported] == [incident.id]
        assert page.reported[0].incident.acknowledged_by == "Ann"
