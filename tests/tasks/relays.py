"""A relay's surroundings: outages to tell of, whom it hands messages to, and what it leaves."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime

from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert
from models import Delivery, Incident
from notifiers.base import Destination, Receipt
from tests.services.outage import Address, broken, end, watched
from tests.services.relaying import notify, tell_more


class Accepting:
    """Accepts everything and remembers it; `before` is called ahead of each acceptance."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.alerts: list[Alert] = []
        self._before = before

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        del channel
        self._before()
        self.alerts.append(alert)
        return Receipt("Accepted.", "accepted")


def outage(engine: Engine, *channels: Address) -> list[int]:
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        return notify(session, broken(session, watched(session, *channels), now=now), now=now)


def recovery(engine: Engine, outage_id: int) -> list[int]:
    now = datetime.now(UTC)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        incident_id = session.get_one(Delivery, outage_id).incident_id
        incident = session.get_one(Incident, incident_id)
        end(session, incident, at=now)
        return tell_more(session, incident, now=now)


def row(engine: Engine, delivery_id: int) -> Delivery:
    with Session(engine) as session:
        return session.get_one(Delivery, delivery_id)


def end_lease(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE deliveries SET lease_until = now()"))


def queued(redis: Redis) -> list[int]:
    """Return the deliveries that relays are told of, in order."""
    bodies = [json.loads(message)["body"] for message in redis.lrange("q.notifications", 0, -1)]
    return [json.loads(b64decode(body))[0][0] for body in bodies]
