"""Upkeep as a worker does it, with the rights of its role."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from config.settings import load
from models import Channel, DataKey, Delivery, Heartbeat, Incident, Monitor
from models.session import make_engine
from security.ping_tokens import new_ping_token, ping_token_hash
from security.vault import KeyRing
from services.heartbeats import tokens as ping_tokens
from services.operations import retention
from services.subscriptions import subscriptions
from services.time_range import HISTORY
from tests.factories.keys import RING
from tests.services.outage import EMAIL, broken, end, watched
from tests.services.pinged import heartbeat
from tests.services.relaying import notify
from tests.services.subscribing import subscribe, vault

HOUR = timedelta(hours=1)


@pytest.fixture
def role(committed: Engine) -> Iterator[Engine]:
    """Log in with the rights of those who do the upkeep, and no others."""
    url = committed.url.render_as_string(hide_password=False)
    engine = make_engine(url, role="downtime_maintenance")
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


def test_upkeep_forgets_what_is_over(committed: Engine, celery: Celery) -> None:
    del celery
    from tasks import upkeep  # noqa: PLC0415 - the settings exist only now

    with Session(committed) as session, session.begin():
        kept = make_history(session, datetime.now(UTC))
    upkeep.run()
    with Session(committed) as session:
        assert left(session) == [kept]


def test_the_role_of_upkeep_has_the_rights_to_all_of_it(committed: Engine, role: Engine) -> None:
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


def leave_in_the_clear(session: Session) -> str:
    """Write a heartbeat as the version before sealing did, in an organization without a data key."""
    row, token = session.get_one(Heartbeat, heartbeat(session).id), new_ping_token()
    row.token, row.token_hash = token, ping_token_hash(token)
    row.data_key_id = row.nonce = row.ciphertext = row.sealed_at = None
    session.flush()
    session.execute(delete(DataKey))
    return token


def test_upkeep_seals_addresses_that_are_in_the_clear(committed: Engine, celery: Celery) -> None:
    del celery
    from tasks import upkeep  # noqa: PLC0415 - the settings exist only now

    with Session(committed) as session, session.begin():
        token = leave_in_the_clear(session)
    upkeep.run()
    with Session(committed) as session:
        [beat] = session.scalars(select(Heartbeat))
        ring = KeyRing.from_settings(load())
        assert beat.sealed_at is not None
        assert ping_tokens.opened(session, [beat], ring=ring) == {beat.monitor_id: token}


def test_the_role_of_upkeep_has_the_rights_to_seal_and_to_forget(
    committed: Engine, role: Engine
) -> None:
    now = datetime.now(UTC)
    with Session(committed) as session, session.begin():
        leave_in_the_clear(session)
    with Session(role) as session, session.begin():
        for owner in ping_tokens.unsealed(session):
            assert not ping_tokens.seal_some(session, owner, ring=RING, now=now, limit=10)
        ping_tokens.forget_clear(session, now=now + 2 * ping_tokens.CLEAR_FOR)
    with Session(committed) as session:
        assert session.scalars(select(Heartbeat.token)).all() == [None]
