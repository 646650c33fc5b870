"""Account mails on their way: real mails, refusals, a server that is gone, a sender that dies."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType

import pytest
from celery import Celery
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from devstack.sinks.smtp import MailSink
from domain.alerting.account_event import AccountMailContent
from models import AccountMail
from models.session import database_now
from notifiers.email.account_mail import AccountMailer
from services.accounts import accounts, password_changes, registrations
from tests.notifiers.mail_server import MailServer
from tests.notifiers.settings import settings

ADA, NEW = "ada@example.test", "new@example.test"
PASSWORD = "a long passphrase"

pytestmark = pytest.mark.committed


class Killed(BaseException):
    """Stands for the end of the process: nothing below the relay may catch it."""


class Dying(AccountMailer):
    """Hands the mail over, and is gone before that is written down."""

    def send(self, content: AccountMailContent) -> str:
        super().send(content)
        raise Killed


class Broken(AccountMailer):
    def send(self, content: AccountMailContent) -> str:
        raise ZeroDivisionError(content.address)


@pytest.fixture
def tasks(celery: Celery, committed: Engine) -> ModuleType:
    del celery, committed  # Emptied afterwards.
    from tasks import accounts as tasks  # noqa: PLC0415 - the settings exist only now

    return tasks


def mailer(url: str, kind: type[AccountMailer] = AccountMailer) -> AccountMailer:
    return kind.from_settings(settings(SMTP_URL=url))


def mails(directory: Path) -> list[EmailMessage]:
    files = sorted(directory.glob("*.eml"))
    return [message_from_bytes(each.read_bytes(), policy=policy.default) for each in files]


def write(database: Engine, *acts: Callable[[Session, datetime], object]) -> None:
    for act in acts:
        with Session(database) as session, session.begin():
            act(session, database_now(session))


def registered(session: Session, now: datetime) -> None:
    accounts.register(session, email=ADA, password=PASSWORD, organization_name="Shop", now=now)


def ask(email: str) -> Callable[[Session, datetime], object]:
    def registering(session: Session, now: datetime) -> None:
        registrations.ask(
            session, email=email, password=PASSWORD, organization_name="Shop", now=now
        )

    return registering


def forgot(session: Session, now: datetime) -> None:
    password_changes.ask(session, email=ADA, now=now)


def only(database: Engine) -> AccountMail:
    with Session(database) as session:
        return session.scalars(select(AccountMail)).one()


def let_time_pass(database: Engine) -> None:
    """As if the lease and the wait were over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with Session(database) as session, session.begin():
        session.execute(update(AccountMail).values(lease_until=None, next_attempt_at=past))


def test_who_registers_gets_a_mail_and_who_has_an_account_another(
    committed: Engine, tasks: ModuleType, tmp_path: Path
) -> None:
    write(committed, registered, ask(ADA), ask(NEW))
    with MailSink(tmp_path) as sink:
        while tasks.relay(mailer(sink.url)):
            pass
    known, new = mails(tmp_path)
    assert [mail["To"] for mail in (known, new)] == [ADA, NEW]
    assert [mail["Subject"] for mail in (known, new)] == [
        "You already have an account",
        "Confirm your account",
    ]
    assert "/links/" not in known.get_content()
    assert "http://127.0.0.1:8000/links/registration/" in new.get_content()
    assert all(mail["Auto-Submitted"] == "auto-generated" for mail in (known, new))
    assert [row.sent_at is not None for row in [*_all(committed)]] == [True, True]


def _all(database: Engine) -> list[AccountMail]:
    with Session(database) as session:
        return list(session.scalars(select(AccountMail)))


def test_killed_before_it_is_written_down_it_goes_out_again_as_the_same_mail(
    committed: Engine, tasks: ModuleType, tmp_path: Path
) -> None:
    write(committed, registered, forgot)
    with MailSink(tmp_path) as sink:
        with pytest.raises(Killed):
            tasks.relay(mailer(sink.url, Dying))
        # Nobody else sends it while the lease lasts.
        assert not tasks.relay(mailer(sink.url))
        let_time_pass(committed)
        assert tasks.relay(mailer(sink.url))
    first, second = mails(tmp_path)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    assert only(committed).sent_at is not None


def test_a_server_that_is_gone_is_tried_again_and_a_refusal_is_not(
    committed: Engine, tasks: ModuleType
) -> None:
    write(committed, registered, forgot)
    assert not tasks.relay(mailer("smtp://127.0.0.1:1"))
    row = only(committed)
    assert (row.finished_at, row.attempt) == (None, 1)
    assert row.next_attempt_at > row.created_at + timedelta(seconds=3)
    assert row.last_error == "The mail server could not be reached."
    let_time_pass(committed)
    with MailServer({"RCPT": "550 5.1.1 no such user"}) as server:
        assert tasks.relay(mailer(server.url))
    row = only(committed)
    assert row.finished_at is not None
    assert row.sent_at is None


def test_a_bug_of_ours_costs_neither_the_mail_nor_a_word_of_it(
    committed: Engine, tasks: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    write(committed, registered, forgot)
    assert not tasks.relay(mailer("smtp://127.0.0.1:1", Broken))
    assert only(committed).finished_at is None
    assert ADA not in capsys.readouterr().out


def test_of_two_who_send_one_takes_the_mail(
    committed: Engine, tasks: ModuleType, tmp_path: Path
) -> None:
    write(committed, registered, forgot)
    with MailSink(tmp_path) as sink, ThreadPoolExecutor(2) as pool:
        sender = mailer(sink.url)
        sent = list(pool.map(lambda _: tasks.relay(sender), range(2)))
    assert sorted(sent) == [False, True]
    assert len(mails(tmp_path)) == 1


def test_what_could_not_be_sent_for_a_day_is_given_up(committed: Engine, tasks: ModuleType) -> None:
    write(committed, registered, forgot)
    with Session(committed) as session, session.begin():
        session.execute(
            update(AccountMail).values(created_at=datetime.now(UTC) - timedelta(days=1))
        )
    assert not tasks.relay(mailer("smtp://127.0.0.1:1"))
    assert only(committed).finished_at is not None


def test_mails_are_forgotten_after_a_week(committed: Engine, tasks: ModuleType) -> None:
    del tasks
    write(committed, registered, forgot)
    from tasks import housekeeping  # noqa: PLC0415 - the settings exist only now

    housekeeping.forget_tokens()
    with Session(committed) as session, session.begin():
        session.execute(
            update(AccountMail).values(created_at=datetime.now(UTC) - timedelta(days=8))
        )
    housekeeping.forget_tokens()
    assert _all(committed) == []
