"""Rows past their retention go, as a worker deletes them, with the rights of its role."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import Channel, Delivery, Incident, Monitor
from models.session import make_engine
from services.operations import retention
from services.subscriptions import subscriptions
from services.time_range import HISTORY
from tests.services.outage import EMAIL, broken, end, watched
from tests.services.relaying import notify
from tests.services.subscribing import subscribe, vault

HOUR = timedelta(hours=1)


@pytest.fixture
def role(committed: Engine) -> Iterator[Engine]:
    """Log in with the rights of housekeeping, and no others."""
    url = committed.url.render_as_string(hide_password=False)
    engine = make_engine(url, role="downtime_housekeeping")
    yield engine
    engine.dispose()


def make_history(session: Session, now: datetime) -> int:
    """Write a monitor that was deleted long ago, an old incident, and a former secret that ended."""
    gone, stays = (watched(session, EMAIL) for _ in range(2))
    gone.deleted_at = now - 2 * retention.KEPT
    notify(session, broken(session, gone))
    incident = broken(session, stays, now=now - 2 * HISTORY)
    notify(session, incident)
    end(session, incident, at=now - 2 * HISTORY)
    view = subscribe(session, stays.organization_id)
    place = (stays.organization_id, view.subscription.public_id)
    subscriptions.rotate(session, *place, vault=vault(), now=now - 2 * HOUR, overlap=HOUR)
    return stays.id


def left(session: Session) -> list[int]:
    assert session.scalars(select(Incident.id)).all() == []
    assert session.scalars(select(Delivery.id)).all() == []
    assert session.scalars(select(Channel.previous_until).distinct()).all() == [None]
    return list(session.scalars(select(Monitor.id)))


def test_housekeeping_forgets_what_is_over(committed: Engine, celery: Celery) -> None:
    del celery
    from tasks import housekeeping  # noqa: PLC0415 - the settings exist only now

    with Session(committed) as session, session.begin():
        kept = make_history(session, datetime.now(UTC))
    housekeeping.forget_what_is_over()
    with Session(committed) as session:
        assert left(session) == [kept]


def test_the_role_of_housekeeping_has_the_rights_to_all_of_it(
    committed: Engine, role: Engine
) -> None:
    now = datetime.now(UTC)
    with Session(committed) as session, session.begin():
        kept = make_history(session, now)
    with Session(role) as session, session.begin():
        retention.forget_machine_secrets(session, now=now)
        retention.forget_heartbeat_secrets(session, now=now)
        for channel_id in retention.channels_with_expired_secrets(session, now=now):
            retention.forget_channel_secret(session, channel_id, ring=vault().ring, now=now)
        for name in retention.RULES:
            assert not retention.forget(session, name, now=now)
    with Session(committed) as session:
        assert left(session) == [kept]
