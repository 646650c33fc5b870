"""Every wording, as people read it: one file each in `golden/`.

After a change of a wording, `GOLDEN=write pytest tests/notifiers/test_golden.py` writes the files
anew. Read their diff as a tired person at 4 a.m. would: what is down, since when, why, what to do.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

from pydantic import SecretStr

from devstack.sinks.smtp import MailSink
from domain.alerting.account_event import AccountEvent, AccountMailContent
from domain.alerting.alert import Alert, AlertEvent, Outage
from domain.health import Metrics, Unknown, judge, judge_queues
from notifiers import apprise, pagerduty
from notifiers.chat import discord, slack, teams, telegram
from notifiers.email import account_mail, smtp
from notifiers.email.operator_mail import OperatorMail
from notifiers.preview import preview
from notifiers.sample_alerts import sample
from notifiers.texts.voice import spoken, twiml
from notifiers.webhook import body as webhook_body
from notifiers.wording import wording
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
    wordings = {**_alerts(), **_bodies(), **_account_mails(), **_operator_mails(tmp_path)}
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


def _bodies() -> dict[str, str]:
    """Return what each kind of channel posts: that differs by event, and the words are above."""
    found: dict[str, str] = {}
    for event in AlertEvent:
        alert = sample(event)
        words = wording(alert)
        posted = {
            "webhook": json.loads(webhook_body.encoded(alert)),
            "pagerduty": [
                pagerduty.event(part, SecretStr("k" * 32)) for part in alert.parts or (alert,)
            ],
            "slack": slack.message(words),
            "discord": discord.message(words),
            "teams": teams.message(words),
        }
        for kind, body_of in posted.items():
            text = json.dumps(body_of, indent=1, ensure_ascii=False)
            found[f"posted/{kind}/{event}.json.txt"] = f"{text}\n"
        found[f"posted/telegram/{event}.html.txt"] = f"{telegram.text_of(words)}\n"
        found[f"posted/apprise/{event}.txt"] = f"{words.subject}\n\n{apprise.body(words)}\n"
        call = twiml(spoken(alert), key_link=alert.confirm_link or alert.call_link)
        found[f"posted/voice/{event}.xml.txt"] = f"{call}\n"
    return found


def _samples() -> Iterator[tuple[str, Alert]]:
    """Yield each event, and each of the ways in which it may be worded otherwise."""
    for event in AlertEvent:
        yield event, sample(event)
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
    yield "down-heartbeat", _of_job()
    yield "degraded-eased", replace(sample(AlertEvent.DEGRADED), outage=_outage(ended=False))
    for event in (AlertEvent.UP, AlertEvent.MISSED):
        yield f"{event}-mixed", replace(sample(event), outage=_outage(ended=True))
    yield "digest-long", _long_digest()
    yield "down-cyrillic", replace(sample(AlertEvent.DOWN), monitor_name="Интернет-магазин " * 3)


def _of_job() -> Alert:
    """Return what is told of a heartbeat whose job posted why it failed."""
    return replace(
        sample(AlertEvent.DOWN),
        monitor_name="Backup",
        url="",
        also_down=(),
        failures=0,
        regions=(),
        http_status=None,
        cause="The job ended with exit code 1.",
        cause_code="reported",
        facts=(("Job output", "Copying 3 of 9. Traceback: No space left on device"),),
    )


def _outage(*, ended: bool) -> Outage:
    """Return an outage that was down for ten of its thirty seconds."""
    began = sample(AlertEvent.DOWN).started_at
    assert began is not None
    return Outage(
        started_at=began,
        ended_at=began + timedelta(seconds=30) if ended else None,
        down_for=timedelta(seconds=10),
    )


def _long_digest() -> Alert:
    down = sample(AlertEvent.DOWN)
    names = ("Shop", "Blog", "Wiki", "Mail", "Search", "Basket", "Login", "Payments", "Images")
    parts = tuple(
        replace(down, monitor_name=f"{name} of the {place} branch", also_down=())
        for name in names
        for place in ("Berlin", "Hamburg")
    )
    return replace(sample(AlertEvent.DIGEST), parts=parts)


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
