"""Every wording, as people read it: one file each in `golden/`.

After a change of a wording, `GOLDEN=write pytest tests/notifiers/test_golden.py` writes the files
anew. Read their diff as a tired person at 4 a.m. would: what is down, since when, why, what to do.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

from devstack.sinks.smtp import MailSink
from domain.alerting.account_event import AccountEvent, AccountMailContent
from domain.alerting.alert import Alert, AlertEvent
from domain.health import Metrics, Unknown, judge, judge_queues
from notifiers.email import account_mail, smtp
from notifiers.email.operator_mail import OperatorMail
from notifiers.preview import preview
from notifiers.sample_alerts import sample
from services.checks.dispatch_stalls import Stall
from tasks.self_monitor import in_words
from tests.notifiers.mails import SENDER, body, mails

GOLDEN = Path(__file__).parent / "golden"
SYSTEM = "https://downtime.example"
REFUSED = "The site refused the credential: 401 Unauthorized."
_OF_OUTAGES = (
    AlertEvent.DOWN,
    AlertEvent.REMINDER,
    AlertEvent.UP,
    AlertEvent.MISSED,
    AlertEvent.ACKNOWLEDGED,
    AlertEvent.ENDED,
)
RECIPIENT = Address("", "ann", "example.org")


def test_each_wording_is_the_one_in_its_file(tmp_path: Path) -> None:
    wordings = {**_alerts(), **_account_mails(), **_operator_mails(tmp_path)}
    if os.environ.get("GOLDEN") == "write":
        _write(wordings)
    assert {str(file.relative_to(GOLDEN)): file.read_text() for file in _files()} == wordings


def _files() -> list[Path]:
    return sorted(GOLDEN.rglob("*.txt"))


def _write(wordings: dict[str, str]) -> None:
    for file in _files():
        file.unlink()
    for name, text in wordings.items():
        (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(text)


def _alerts() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, alert in _samples():
        mail = preview("email", alert)
        chat = preview("slack", alert)
        found[f"email/{name}.txt"] = f"Subject: {mail.subject}\n\n{mail.text}"
        found[f"html/{name}.txt"] = re.sub(r">\s*<", ">\n<", mail.html or "")
        found[f"chat/{name}.txt"] = f"{chat.subject}\n\n{chat.text}\n"
        found[f"sms/{name}.txt"] = f"{preview('sms', alert).text}\n"
        found[f"voice/{name}.txt"] = f"{preview('voice', alert).text}\n"
    return found


def _samples() -> Iterator[tuple[str, Alert]]:
    """Yield each event, and each of the ways in which it may be worded otherwise."""
    unsubscribe = f"{SYSTEM}/links/unsubscribe/1"
    for event in AlertEvent:
        # Owners hear of the quota at the address that they log in with.
        link = "" if event is AlertEvent.QUOTA else unsubscribe
        yield event, replace(sample(event), unsubscribe_link=link)
    confirm = replace(sample(AlertEvent.CONFIRM), confirm_link=f"{SYSTEM}/links/confirm/1")
    yield AlertEvent.CONFIRM, confirm
    for event in _OF_OUTAGES:
        alert = replace(sample(event), cause=REFUSED, is_authorization=True)
        yield f"{event}-authorization", alert
    for event in _OF_OUTAGES[1:]:
        yield f"{event}-degraded", replace(sample(event), is_degraded=True)
    yield "stable-deleted", replace(sample(AlertEvent.STABLE), is_deleted=True, facts=())
    late = replace(sample(AlertEvent.DOWN), late_by=timedelta(minutes=65), also_down=())
    yield "down-late", late
    yield "down-heartbeat", replace(late, late_by=None, url="", cause="No ping for 26 h.")


def _account_mails() -> dict[str, str]:
    found: dict[str, str] = {}
    for event in AccountEvent:
        found[f"account/{event}.txt"] = _account_mail(event, is_known=False)
    known = _account_mail(AccountEvent.REGISTRATION, is_known=True)
    return {**found, "account/registration-known.txt": known}


def _account_mail(event: AccountEvent, *, is_known: bool) -> str:
    content = AccountMailContent(
        key="1", event=event, address="ann@example.org", system=SYSTEM, is_known=is_known
    )
    mail = account_mail.compose(content, sender=SENDER, recipient=RECIPIENT)
    return f"Subject: {mail['Subject']}\n\n{body(mail, 'plain')}"


def _operator_mails(directory: Path) -> dict[str, str]:
    with MailSink(directory) as sink:
        mail = OperatorMail(smtp.parse(sink.url), sender=SENDER, recipient=RECIPIENT, system=SYSTEM)
        mail.began(_problems())
        mail.over()
        mail.stalled(in_words(_stall()))
        sent = mails(sink)
    names = ("unhealthy", "healthy_again", "checks_missed")
    return {
        f"operator/{name}.txt": f"Subject: {each['Subject']}\n\n{body(each, 'plain')}"
        for name, each in zip(names, sent, strict=True)
    }


def _problems() -> list[str]:
    metrics = Metrics(
        lag=61,
        waiting=125,
        missing_partitions=("check_results_20260201",),
        unknown=Unknown(6, 10),
        silent_regions=("eu", "us"),
    )
    parts = (*judge(metrics), judge_queues({"q.notifications": 121}))
    return [part.problem for part in parts if part.problem]


def _stall() -> Stall:
    return Stall(start=1_769_847_125, end=1_769_847_170, missed=1_200)
