"""The watchman: a sign of life while all is well, one mail when it is not, one when it is again."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from devstack.sinks.smtp import MailSink
from domain.health import Part
from models import DispatchShard, DispatchStall
from notifiers.email import smtp
from notifiers.email.operator_mail import CHECKS_MISSED, HEALTHY_AGAIN, UNHEALTHY, OperatorMail
from tasks.self_monitor import Duties, SelfMonitor, report_stalls
from tests.devstack.eventually import eventually
from tests.notifiers.mail_server import MailServer
from tests.notifiers.mails import body, mails
from tests.servers.site import ScriptedSite
from tests.tasks.queue_worker import keys_of, worker

T = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())
BROKEN = [Part("database", "The database does not answer."), Part("redis")]
WELL = [Part("database"), Part("redis")]


class System:
    """A system that is as the test says, with as many watchmen as it wants."""

    def __init__(self, mail_url: str, redis: Redis) -> None:
        self.parts: Sequence[Part] = WELL
        self.signs = 0
        self.dead_man_answers = True
        self._mail_url = mail_url
        self._redis = redis

    def self_monitor(self, redis: Redis | None = None, *, mail_url: str = "") -> SelfMonitor:
        mail = OperatorMail(
            smtp.parse(mail_url or self._mail_url),
            sender=Address("Alerts", "alerts", "example.test"),
            recipient=Address("", "operator", "example.test"),
            system="https://downtime.test",
        )
        duties = Duties(
            examine=lambda: self.parts,
            ping_watchdog=self._sign,
            mail=mail,
            stalls=report_stalls,
        )
        return SelfMonitor(duties, redis or self._redis)

    def _sign(self) -> bool:
        self.signs += 1
        return self.dead_man_answers


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    with MailSink(tmp_path / "mail") as sink:
        yield sink


@pytest.fixture
def system(sink: MailSink, redis: Redis) -> System:
    return System(sink.url, redis)


def notified(sink: MailSink) -> list[str]:
    return [str(mail["Subject"]).partition(":")[0] for mail in mails(sink)]


def watch(start: int, end: int, *watchmen: SelfMonitor) -> None:
    for now in range(start, end, 15):
        for self_monitor in watchmen:
            self_monitor.examine(float(now))


def test_while_all_is_well_there_is_one_sign_of_life_a_minute(
    system: System, sink: MailSink
) -> None:
    watch(0, 300, system.self_monitor())
    assert (system.signs, notified(sink)) == (5, [])


def test_there_is_no_sign_of_life_while_anything_is_wrong(system: System) -> None:
    system.parts = BROKEN
    watch(0, 300, system.self_monitor())
    assert system.signs == 0


def test_a_dead_man_that_does_not_answer_is_asked_again_at_the_next_look(system: System) -> None:
    system.dead_man_answers = False
    watch(0, 60, system.self_monitor())
    assert system.signs == 4


def test_an_episode_is_one_mail_and_its_end_is_another(system: System, sink: MailSink) -> None:
    self_monitor = system.self_monitor()
    system.parts = BROKEN
    watch(0, 600, self_monitor)
    assert notified(sink) == [UNHEALTHY]
    [mail] = mails(sink)
    assert mail["To"] == "operator@example.test"
    assert f"* {BROKEN[0].problem}" in body(mail, "plain")
    system.parts = WELL
    watch(600, 900, self_monitor)
    assert notified(sink) == [UNHEALTHY, HEALTHY_AGAIN]


def test_of_several_watchmen_one_tells(system: System, sink: MailSink) -> None:
    watchmen = [system.self_monitor() for _ in range(3)]
    system.parts = BROKEN
    watch(0, 300, *watchmen)
    system.parts = WELL
    watch(300, 900, *watchmen)
    assert notified(sink) == [UNHEALTHY, HEALTHY_AGAIN]


def test_without_redis_it_is_told_all_the_same(system: System, sink: MailSink) -> None:
    with Redis(port=1) as gone:
        self_monitor = system.self_monitor(gone)
        system.parts = BROKEN
        watch(0, 300, self_monitor)
        system.parts = WELL
        watch(300, 600, self_monitor)
    assert notified(sink) == [UNHEALTHY, HEALTHY_AGAIN]


def test_a_watchman_that_is_killed_leaves_the_end_to_the_next(
    system: System, sink: MailSink
) -> None:
    system.parts = BROKEN
    watch(0, 300, system.self_monitor())
    system.parts = WELL
    watch(300, 600, system.self_monitor())
    assert notified(sink) == [UNHEALTHY, HEALTHY_AGAIN]


def test_a_watchman_that_begins_during_an_episode_does_not_tell_it_again(
    system: System, sink: MailSink
) -> None:
    system.parts = BROKEN
    watch(0, 300, system.self_monitor())
    watch(300, 600, system.self_monitor())
    assert notified(sink) == [UNHEALTHY]


def test_what_the_mail_server_did_not_take_is_told_at_the_next_look(redis: Redis) -> None:
    with MailServer({"MAIL": "451 come back later"}) as server:
        system = System(server.url, redis)
        self_monitor = system.self_monitor()

        def refused_until(start: int, end: int) -> int:
            """Let it be refused up to the end, then taken; return how many mails were taken."""
            server.answers["MAIL"] = "451 come back later"
            watch(start, end, self_monitor)
            server.answers["MAIL"] = "250 ok"
            before = server.commands.count("DATA")
            watch(end, end + 60, self_monitor)
            return server.commands.count("DATA") - before

        system.parts = BROKEN
        assert refused_until(0, 90) == 1
        system.parts = WELL
        assert refused_until(150, 330) == 1


@pytest.fixture
def fresh_watermarks(committed: Engine) -> Iterator[None]:
    """Let all shards have published up to now, and put them back after the test."""
    with committed.begin() as connection:
        before = connection.execute(select(DispatchShard.shard, DispatchShard.watermark)).all()
        connection.execute(
            text("UPDATE dispatch_shards SET watermark = extract(epoch FROM now()) + 60")
        )
    yield
    with committed.begin() as connection:
        for shard, watermark in before:
            connection.execute(
                update(DispatchShard)
                .where(DispatchShard.shard == shard)
                .values(watermark=watermark)
            )


def test_a_worker_of_housekeeping_gives_signs_of_life_by_itself(
    celery: Celery, fresh_watermarks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del celery, fresh_watermarks
    with ScriptedSite() as dead_man:
        monkeypatch.setenv("DOWNTIME_WATCHDOG_URL", f"{dead_man.url}/alive")
        with worker(tmp_path / "log", "watched", keys_of("housekeeping", "checks")) as running:
            eventually(lambda: dead_man.requests["/alive"] > 0, seconds=60)
        assert dead_man.url not in running.said()


def test_a_worker_that_cannot_write_to_the_operator_does_not_start(
    celery: Celery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del celery
    monkeypatch.setenv("DOWNTIME_OPERATOR_EMAIL", "nobody@-")
    monkeypatch.setenv("SMTP_URL", "no-mail-server")
    with (
        pytest.raises(AssertionError, match="DOWNTIME_OPERATOR_EMAIL"),
        worker(tmp_path / "log", "mute", keys_of("housekeeping", "checks")),
    ):
        pass


def test_the_end_is_told_once_though_redis_was_emptied_meanwhile(
    system: System, sink: MailSink, redis: Redis
) -> None:
    watchmen = [system.self_monitor() for _ in range(3)]
    for _ in range(2):
        system.parts = BROKEN
        watch(0, 300, *watchmen)
        redis.flushdb()
        system.parts = WELL
        watch(300, 600, *watchmen)
    assert notified(sink) == [UNHEALTHY, HEALTHY_AGAIN] * 2


@pytest.fixture
def stalled(committed: Engine) -> Engine:
    """Let a shard have stood still for 45 s, a while ago."""
    with Session(committed) as session, session.begin():
        session.add(
            DispatchStall(shard=3, from_slot=T, until_slot=T + 45, rows_until=T + 45, missed=1_200)
        )
    return committed


@pytest.mark.usefixtures("celery", "stalled")
def test_a_stall_is_reported_once_with_when_how_long_and_what_it_missed(
    system: System, sink: MailSink
) -> None:
    for self_monitor in (system.self_monitor(), system.self_monitor()):
        watch(0, 60, self_monitor)
    [mail] = mails(sink)
    assert str(mail["Subject"]).startswith(f"{CHECKS_MISSED}: ")
    told = " ".join(body(mail, "plain").split())
    for part in ("2026-11-24 12:00:00", "2026-11-24 12:00:45 UTC", "45 s", "1,200 checks"):
        assert part in told


@pytest.mark.usefixtures("celery")
def test_a_stall_whose_mail_is_refused_is_reported_at_a_later_look(
    system: System, sink: MailSink, stalled: Engine
) -> None:
    refusing = system.self_monitor(mail_url="smtp://127.0.0.1:1")
    watch(0, 15, refusing)
    with Session(stalled) as session:
        assert session.scalars(select(DispatchStall.reported_at)).one() is None
    watch(0, 15, system.self_monitor())
    assert notified(sink) == [CHECKS_MISSED]
