"""The relay between outbox and provider: real mails and texts, repeats, order."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Barrier
from types import ModuleType

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from devstack.sinks.sms import SmsSink
from devstack.sinks.smtp import MailSink
from domain.alerting.alert import Alert
from models.delivery import DeliveryState
from notifiers.base import Destination, Notifier, NotifierError, Receipt
from notifiers.registry import make
from services.operations.telemetry import attempts
from tests.notifiers.settings import settings
from tests.services.outage import EMAIL, SMS
from tests.tasks.relays import Accepting, outage, recovery, row


class Answering:
    """Accepts a message, or fails with an error."""

    def __init__(self, error: NotifierError | None) -> None:
        self._error = error

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        del channel, alert
        if self._error:
            raise self._error
        return Receipt("Accepted.", "accepted")


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
    committed: Engine, relaying: ModuleType, sinks: dict[str, Notifier], tmp_path: Path
) -> None:
    down = outage(committed, EMAIL, SMS)
    for delivery_id in down:
        assert relaying.relay(delivery_id, sinks.__getitem__) == []
    for delivery_id in recovery(committed, down[0]):
        assert relaying.relay(delivery_id, sinks.__getitem__) == []
    mails = [
        message_from_bytes(file.read_bytes())["Subject"]
        for file in sorted((tmp_path / "mail").iterdir())
    ]
    texts = [
        json.loads(file.read_text())["body"].split()[0]
        for file in sorted((tmp_path / "sms").iterdir())
    ]
    assert [subject[:8] for subject in mails] == ["DOWN: Sh", "Recovere"]
    assert texts == ["DOWN:", "RECOVERED:"]
    sent = [row(committed, delivery_id) for delivery_id in down]
    assert all(each.state is DeliveryState.SENT and each.sent_at for each in sent)
    assert all(each.provider_reference for each in sent)


def test_attempts_are_counted_by_kind_and_outcome(
    committed: Engine, relaying: ModuleType, redis: Redis
) -> None:
    for fails, kind in (
        (None, EMAIL),
        (NotifierError("Busy."), EMAIL),
        (NotifierError("No.", permanent=True), SMS),
    ):
        (delivery_id,) = outage(committed, kind)
        relaying.relay(delivery_id, lambda _, fails=fails: Answering(fails))
    assert attempts.read(redis) == {
        ("email", "sent"): 1,
        ("email", "failed"): 1,
        ("sms", "refused"): 1,
    }


def test_invariant_4_a_retry_leaves_at_its_time_and_not_with_the_next_sweep(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    woken: list[tuple[int, float]] = []

    def relay(error: NotifierError | None) -> None:
        relaying.relay(delivery_id, lambda _: Answering(error), lambda *each: woken.append(each))

    relay(NotifierError("Busy."))
    ((woken_id, seconds),) = woken
    due = row(committed, delivery_id).next_attempt_at
    assert woken_id == delivery_id
    assert 4 <= seconds <= 6.2
    with committed.begin() as connection:
        past = {"due": due - timedelta(seconds=seconds)}
        connection.execute(text("UPDATE deliveries SET next_attempt_at = :due"), past)
    relay(NotifierError("No.", permanent=True))
    assert len(woken) == 1


def test_a_recovery_is_woken_by_its_outage(committed: Engine, relaying: ModuleType) -> None:
    (down,) = outage(committed, EMAIL)
    up: list[int] = []
    first, second = Accepting(lambda: up.extend(recovery(committed, down))), Accepting()
    assert relaying.relay(down, lambda _: first) == up
    assert relaying.relay(up[0], lambda _: second) == []
    assert [alert.event for alert in (*first.alerts, *second.alerts)] == ["down", "up"]


def test_a_recovery_that_is_woken_too_early_sends_nothing(
    committed: Engine, relaying: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)

    def wake_recovery() -> None:
        (up,) = recovery(committed, down)
        assert relaying.relay(up, lambda _: early) == []

    early = Accepting()
    relaying.relay(down, lambda _: Accepting(wake_recovery))
    assert early.alerts == []


def test_an_outage_that_is_over_before_a_relay_comes_is_one_message(
    committed: Engine, relaying: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)
    (up,) = recovery(committed, down)
    accepting = Accepting()
    for each in (down, up):
        assert relaying.relay(each, lambda _: accepting) == []
    assert [alert.event for alert in accepting.alerts] == ["missed"]
    assert row(committed, down).state is DeliveryState.MERGED


def test_a_second_message_about_the_same_delivery_sends_nothing(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting = Accepting()
    for _ in range(3):
        relaying.relay(delivery_id, lambda _: accepting)
    assert len(accepting.alerts) == 1
    assert relaying.relay(2**31 - 1, lambda _: accepting) == []


def test_relays_at_the_same_time_send_once(committed: Engine, relaying: ModuleType) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting, barrier = Accepting(), Barrier(4)

    def run() -> None:
        barrier.wait()
        relaying.relay(delivery_id, lambda _: accepting)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(run) for _ in range(4)]:
            future.result()
    assert len(accepting.alerts) == 1


def test_no_transaction_is_open_while_the_provider_is_asked(
    committed: Engine, relaying: ModuleType
) -> None:
    seen: list[int] = []

    def examine() -> None:
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
    relaying.relay(delivery_id, lambda _: Accepting(examine))
    assert seen == [0]
