"""The relay between outbox and provider: real mails and texts, crashes, repeats, order."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from threading import Barrier
from types import ModuleType

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from devstack.sinks.sms import SmsSink
from devstack.sinks.smtp import MailSink
from domain.alert import Alert
from models import Delivery, Incident
from models.delivery import DeliveryState
from notifiers.base import Destination, Notifier, NotifierError
from notifiers.registry import make
from services.delivery_lanes import Lane
from tests.notifiers.settings import settings
from tests.services.outage import EMAIL, SMS, Address, broken, end, owner_of, watched
from tests.services.relaying import tell, tell_more


class Accepting:
    """Accepts everything and remembers it; `before` is called ahead of each acceptance."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.alerts: list[Alert] = []
        self._before = before

    def send(self, channel: Destination, alert: Alert) -> str:
        del channel
        self._before()
        self.alerts.append(alert)
        return "accepted"


class Killed(BaseException):
    """Stands for the end of the process: nothing below the relay may catch it."""


def kill() -> None:
    raise Killed


def refuse() -> None:
    raise NotifierError("No such mailbox.", permanent=True)


def stumble() -> None:
    raise ZeroDivisionError("ann@example.org")


@pytest.fixture
def tasks(celery: Celery) -> ModuleType:
    del celery
    from tasks import deliveries  # noqa: PLC0415 - the settings exist only now

    return deliveries


def outage(engine: Engine, *channels: Address) -> list[int]:
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        return tell(session, broken(session, watched(session, *channels), now=now), now=now)


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


@pytest.fixture
def sinks(tmp_path: Path) -> Iterator[dict[str, Notifier]]:
    with (
        MailSink(tmp_path / "mail") as mail,
        SmsSink(tmp_path / "sms", account="AC1", token="secret") as sms,
    ):
        values = settings(
            SMTP_URL=mail.url,
            sms_gateway_url=sms.url,
            sms_account="AC1",
            sms_token="secret",
            sms_sender="+15005550006",
        )
        yield {kind: make(kind, values) for kind in ("email", "sms")}


def test_an_outage_and_its_recovery_reach_mailbox_and_phone(
    committed: Engine, tasks: ModuleType, sinks: dict[str, Notifier], tmp_path: Path
) -> None:
    down = outage(committed, EMAIL, SMS)
    for delivery_id in down:
        assert tasks.relay(delivery_id, sinks.__getitem__) == []
    for delivery_id in recovery(committed, down[0]):
        assert tasks.relay(delivery_id, sinks.__getitem__) == []
    mails = [
        message_from_bytes(file.read_bytes())["Subject"]
        for file in sorted((tmp_path / "mail").iterdir())
    ]
    texts = [
        json.loads(file.read_text())["body"].split()[0]
        for file in sorted((tmp_path / "sms").iterdir())
    ]
    assert [subject[:8] for subject in mails] == ["Down: Sh", "Up: Shop"]
    assert texts == ["DOWN", "UP"]
    sent = [row(committed, delivery_id) for delivery_id in down]
    assert all(each.state is DeliveryState.SENT and each.sent_at for each in sent)
    assert all(each.provider_reference for each in sent)


def test_a_recovery_is_woken_by_its_outage(committed: Engine, tasks: ModuleType) -> None:
    (down,) = outage(committed, EMAIL)
    up: list[int] = []
    first, second = Accepting(lambda: up.extend(recovery(committed, down))), Accepting()
    assert tasks.relay(down, lambda _: first) == up
    assert tasks.relay(up[0], lambda _: second) == []
    assert [alert.event for alert in (*first.alerts, *second.alerts)] == ["down", "up"]


def test_a_recovery_that_is_woken_too_early_sends_nothing(
    committed: Engine, tasks: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)

    def wake_recovery() -> None:
        (up,) = recovery(committed, down)
        assert tasks.relay(up, lambda _: early) == []

    early = Accepting()
    tasks.relay(down, lambda _: Accepting(wake_recovery))
    assert early.alerts == []


def test_an_outage_that_is_over_before_a_relay_comes_is_one_message(
    committed: Engine, tasks: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)
    (up,) = recovery(committed, down)
    accepting = Accepting()
    for each in (down, up):
        assert tasks.relay(each, lambda _: accepting) == []
    assert [alert.event for alert in accepting.alerts] == ["missed"]
    assert row(committed, down).state is DeliveryState.MERGED


def test_a_second_message_about_the_same_delivery_sends_nothing(
    committed: Engine, tasks: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting = Accepting()
    for _ in range(3):
        tasks.relay(delivery_id, lambda _: accepting)
    assert len(accepting.alerts) == 1
    assert tasks.relay(2**31 - 1, lambda _: accepting) == []


def test_relays_at_the_same_time_send_once(committed: Engine, tasks: ModuleType) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting, barrier = Accepting(), Barrier(4)

    def run() -> None:
        barrier.wait()
        tasks.relay(delivery_id, lambda _: accepting)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(run) for _ in range(4)]:
            future.result()
    assert len(accepting.alerts) == 1


def test_no_transaction_is_open_while_the_provider_is_asked(
    committed: Engine, tasks: ModuleType
) -> None:
    seen: list[int] = []

    def look() -> None:
        with committed.connect() as connection:
            seen.append(
                connection.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
                        " AND datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            )

    (delivery_id,) = outage(committed, EMAIL)
    tasks.relay(delivery_id, lambda _: Accepting(look))
    assert seen == [0]


def test_invariant_10_a_relay_killed_before_sending_is_made_up_for(
    committed: Engine, tasks: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    with pytest.raises(Killed):
        tasks.relay(delivery_id, lambda _: Accepting(kill))
    accepting = Accepting()
    tasks.relay(delivery_id, lambda _: accepting)
    assert accepting.alerts == []
    end_lease(committed)
    tasks.relay(delivery_id, lambda _: accepting)
    assert len(accepting.alerts) == 1
    assert row(committed, delivery_id).state is DeliveryState.SENT


def test_invariant_10_a_relay_killed_after_sending_repeats_under_the_same_key(
    committed: Engine, tasks: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting = Accepting()

    class DiesAfterwards:
        def send(self, channel: Destination, alert: Alert) -> str:
            accepting.send(channel, alert)
            raise Killed

    with pytest.raises(Killed):
        tasks.relay(delivery_id, lambda _: DiesAfterwards())
    end_lease(committed)
    tasks.relay(delivery_id, lambda _: accepting)
    first, second = accepting.alerts
    # A link says when it was made, and is signed anew each time.
    one, other = (
        replace(each, acknowledge_link="", unsubscribe_link="") for each in (first, second)
    )
    assert one == other
    assert first.acknowledge_link


def test_invariant_4_a_bug_in_a_notifier_costs_no_message_and_betrays_no_address(
    committed: Engine, tasks: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    with capture_logs() as logs:
        tasks.relay(delivery_id, lambda _: Accepting(stumble))
    after = row(committed, delivery_id)
    assert (after.state, after.attempt) == (DeliveryState.PENDING, 1)
    assert after.last_error == "This service had an error of its own."
    assert "ZeroDivisionError" in str(logs)
    assert "ann@example.org" not in str(logs)


def test_a_kind_without_a_notifier_is_tried_again_by_a_newer_version(
    committed: Engine, tasks: ModuleType
) -> None:
    (delivery_id,) = outage(committed, ("pigeon", "loft 3"))
    assert tasks.relay(delivery_id, tasks.notifier) == []
    assert row(committed, delivery_id).state is DeliveryState.PENDING


def test_a_final_refusal_is_a_dead_letter_and_cancels_the_recovery(
    committed: Engine, tasks: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)
    up: list[int] = []

    def refuse_late() -> None:
        up.extend(recovery(committed, down))
        refuse()

    assert tasks.relay(down, lambda _: Accepting(refuse_late)) == up
    accepting = Accepting()
    assert tasks.relay(up[0], lambda _: accepting) == []
    assert accepting.alerts == []
    assert row(committed, down).last_error == "No such mailbox."
    assert row(committed, up[0]).state is DeliveryState.CANCELLED


def test_an_address_that_is_gone_is_told_to_the_owner_by_mail(
    committed: Engine, tasks: ModuleType
) -> None:
    (text,) = outage(committed, SMS)
    with Session(committed) as session, session.begin():
        owner_of(session, session.get_one(Delivery, text).organization_id, "ada@example.org")

    def gone() -> None:
        raise NotifierError("No such number.", channel_gone=True)

    (notice,) = tasks.relay(text, lambda _: Accepting(gone))
    accepting = Accepting()
    tasks.relay(notice, lambda _: accepting)
    (alert,) = accepting.alerts
    assert (alert.event, alert.cause) == ("channel_disabled", "No such number.")
    assert row(committed, notice).address == "ada@example.org"


def test_the_task_wakes_relays_for_what_came_of_it(
    committed: Engine, tasks: ModuleType, redis: Redis
) -> None:
    # This is no address, so the channel is gone and the phone of the contact hears of that.
    ids = outage(committed, ("email", "nonsense"), SMS)
    tasks.send(next(each for each in ids if row(committed, each).kind == "email"))
    (notice,) = queued(redis)
    assert row(committed, notice).event == "channel_disabled"


def test_the_task_leaves_what_finds_its_lane_full_and_wakes_it_later(
    committed: Engine, tasks: ModuleType, redis: Redis
) -> None:
    (delivery_id,) = outage(committed, ("pigeon", "third@loft"))
    lane = Lane(row(committed, delivery_id).organization_id, "pigeon", "loft")
    assert tasks.lanes.enter(-1, lane)
    assert tasks.lanes.enter(-2, lane)
    tasks.send(delivery_id)
    assert row(committed, delivery_id).attempt == 0
    tasks.sweep()
    assert queued(redis) == [], "it is woken when there is a place"
    assert tasks.lanes.leave(lane) == [delivery_id]
    assert tasks.lanes.leave(lane) == []
    tasks.send(delivery_id)
    assert row(committed, delivery_id).attempt == 1
    assert queued(redis) == []


def test_the_sweeper_wakes_relays_for_what_is_due_and_for_nothing_else(
    committed: Engine, tasks: ModuleType, redis: Redis
) -> None:
    due, sent = outage(committed, EMAIL), outage(committed, EMAIL)
    recovery(committed, due[0])
    tasks.relay(sent[0], lambda _: Accepting())
    tasks.sweep()
    assert queued(redis) == due


def test_messages_carry_ids_only(committed: Engine, tasks: ModuleType, redis: Redis) -> None:
    outage(committed, EMAIL)
    tasks.sweep()
    (message,) = redis.lrange("q.notifications", 0, -1)
    assert b"ann" not in message
    assert b"example" not in message
