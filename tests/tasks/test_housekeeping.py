"""Housekeeping deletes what is past its time."""

from datetime import UTC, datetime, timedelta

from celery import Celery
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import ChannelRateLimit, Delivery
from tests.services.outage import EMAIL, broken, end, watched
from tests.services.relaying import notify, send


def test_old_deliveries_and_paces_at_rest_are_forgotten(committed: Engine, celery: Celery) -> None:
    del celery
    from tasks import housekeeping  # noqa: PLC0415 - the settings exist only now

    now = datetime.now(UTC)
    with Session(committed) as session, session.begin():
        for age in (timedelta(days=401), timedelta(days=399)):
            incident = broken(session, watched(session, EMAIL), now=now - age)
            send(session, notify(session, incident, now=now - age)[0], now - age)
            end(session, incident, at=now - age)
    housekeeping.forget_deliveries()
    with Session(committed) as session:
        (kept,) = session.scalars(select(Delivery))
        assert kept.created_at == now - timedelta(days=399)
        assert session.scalars(select(ChannelRateLimit)).all() == []
