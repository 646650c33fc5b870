"""Outages of what a reader watches."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from models.session import database_now
from services.alerting import process as alerting
from tests.factories import monitors as make
from tests.factories.contacts import all_agree
from tests.web.reader import Reader

LASTED = timedelta(minutes=12)


def begin(session: Session, reader: Reader, name: str = "Shop", **values: object) -> Incident:
    """Let something of the reader go down that was fine twelve minutes ago."""
    made = reader.api.make_monitor(name=name, **values)
    monitor = session.scalars(select(Monitor).filter_by(public_id=made["id"])).one()
    now = database_now(session)
    incident = make.incident(session, monitor, started_at=now - LASTED)
    alerting.opened(session, incident, now=now)
    session.commit()
    return incident


def end(session: Session, incident: Incident) -> datetime:
    now = database_now(session)
    make.end(incident, at=now)
    alerting.closed(session, incident, now=now)
    session.commit()
    return now


def bob(session: Session, reader: Reader) -> str:
    """Add a group with a contact who confirmed the address; return the id of the group."""
    email = {"kind": "email", "address": "bob@example.test"}
    contact = reader.api.make("contacts", name="Bob", channels=[email])
    all_agree(session)
    return str(reader.api.make("contact-groups", name="On call", contact_ids=[contact["id"]])["id"])
