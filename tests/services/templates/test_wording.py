"""What is sent is in the organization's own words, and no template ever costs a message."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import select
from sqlalchemy.orm import Session

from devstack.sinks.smtp import MailSink
from domain.alerting.alert import Alert, AlertEvent, Rendered
from models import DeliveryAttempt, Incident, MessageTemplate, Monitor
from models.delivery import DeliveryState
from notifiers.registry import make
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination
from tests.notifiers.settings import settings
from tests.services.outage import EMAIL, NOW, SMS, Address, beside, broken, end, owner_of, watched
from tests.services.relaying import (
    accept,
    notify,
    relay_settings,
    row,
    seconds,
    send,
    take,
    taken,
    tell_more,
)

PAGER = ("pagerduty", "service (0123456789abcdef)")


def template(session: Session, incident: Incident, kind: str | None = None, **values: Any) -> None:  # noqa: ANN401
    """Store a template of the organization of the incident, as it is."""
    usual = {"organization_id": incident.organization_id, "event": AlertEvent.DOWN, "kind": kind}
    session.add(MessageTemplate(**{**usual, **values}))
    session.flush()


@pytest.fixture
def incident(session: Session) -> Incident:
    return broken(session, watched(session, EMAIL, SMS))


def sent(session: Session, incident: Incident) -> dict[str, Rendered]:
    """Send the opening and return what was made of it by kind of channel."""
    claimed = [send(session, delivery_id) for delivery_id in notify(session, incident)]
    return {each.kind: each.alert.rendered for each in claimed}


def burst(session: Session, incident: Incident, channel: Address) -> Alert:
    """Return what stands for two of three outages that are to be told one by one at most."""
    monitor = session.get_one(Monitor, incident.monitor_id)
    few = relay_settings(burst=1)
    first, second, third = (
        deliveries.record_opening(
            session, broken(session, beside(session, monitor)), [Destination(*channel)], now=NOW
        )[0]
        for _ in range(3)
    )
    send(session, first, by=few)
    assert [take(session, each, by=few) for each in (second, third)] == [None, None]
    return taken(session, second, seconds(60), by=few).alert


def test_without_templates_the_usual_words_are_sent(session: Session, incident: Incident) -> None:
    assert sent(session, incident) == {"email": Rendered(), "sms": Rendered()}


def test_a_template_for_all_kinds_is_used_by_each_as_far_as_it_can(
    session: Session, incident: Incident
) -> None:
    template(session, incident, subject="Oh no: {{ monitor.name }}", text="{{ cause }}")
    cause = "Answered 500 Internal Server Error, expected 200-299."
    assert sent(session, incident) == {
        "email": Rendered(subject="Oh no: Shop", text=cause),
        "sms": Rendered(text=cause),
    }


def test_a_part_for_the_kind_itself_goes_before_the_one_for_all(
    session: Session, incident: Incident
) -> None:
    template(session, incident, kind="email", text="mail")
    template(session, incident, subject="all", text="all")
    assert sent(session, incident) == {
        "email": Rendered(subject="all", text="mail"),
        "sms": Rendered(text="all"),
    }


def test_a_template_of_another_event_or_organization_changes_nothing(
    session: Session, incident: Incident
) -> None:
    template(session, incident, event=AlertEvent.UP, text="up")
    template(session, broken(session, watched(session, EMAIL)), text="theirs")
    assert sent(session, incident) == {"email": Rendered(), "sms": Rendered()}


def test_a_template_that_fails_costs_no_message_and_the_attempt_says_so(
    session: Session, incident: Incident
) -> None:
    template(session, incident, kind="email", subject="{{ event }}", text="{{ cause > 1 }}")
    made = sent(session, incident)["email"]
    assert (made.subject, made.text) == ("down", "")
    answers = session.scalars(select(DeliveryAttempt.answer)).all()
    assert sorted(answers) == [
        "Accepted.",
        (
            "The default text was used, because the template failed:"
            " One of its values has the wrong type for its place. Accepted."
        ),
    ]


def test_what_arrives_by_mail_says_it_in_one_line_of_subject_and_lines_of_text(
    session: Session, tmp_path: Path
) -> None:
    incident = broken(session, watched(session, EMAIL, name="Shop\r\nBcc: eve@example.org"))
    template(session, incident, subject="{{ monitor.name }}\nis down", text="1: {{ cause }}\n2: …")
    (mail,) = notify(session, incident)
    with MailSink(tmp_path) as sink:
        claimed = taken(session, mail)
        assert claimed.destination is not None
        make("email", settings(SMTP_URL=sink.url)).send(claimed.destination, claimed.alert)
    (file,) = tmp_path.iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Shop Bcc: eve@example.org is down"
    assert message["Bcc"] is None
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines()[:2] == [
        "1: Answered 500 Internal Server Error, expected 200-299.",
        "2: …",
    ]


def test_what_this_service_tells_the_owners_stays_in_its_own_words(
    session: Session, incident: Incident
) -> None:
    owner_of(session, incident.organization_id, "owner@example.org")
    template(session, incident, event=AlertEvent.QUOTA, text="All is well.")
    (notice,) = deliveries.record(
        session,
        organization_id=incident.organization_id,
        dedup_key="quota/2026-11/100",
        event=AlertEvent.QUOTA,
        channels=outbox_recipients.owners(session, incident.organization_id),
        now=NOW,
    )
    assert taken(session, notice).alert.rendered == Rendered()


def test_a_digest_has_a_template_of_its_own(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL))
    template(session, incident, text="one")
    template(session, incident, event=AlertEvent.DIGEST, text="{{ count }} at once")
    assert burst(session, incident, EMAIL).rendered.text == "2 at once"


def test_of_a_digest_to_pagerduty_each_part_is_in_its_own_words(session: Session) -> None:
    incident = broken(session, watched(session, PAGER))
    template(session, incident, subject="{{ monitor.name }}!", kind="pagerduty")
    parts = burst(session, incident, PAGER).parts
    assert [(part.event, part.rendered.subject) for part in parts] == [("down", "Shop!")] * 2


def test_what_fails_in_parts_of_a_digest_is_said_once_of_the_whole(session: Session) -> None:
    incident = broken(session, watched(session, PAGER))
    template(session, incident, subject="{{ cause > 1 }}", text="ok", kind="pagerduty")
    alert = burst(session, incident, PAGER)
    assert [(part.rendered.subject, part.rendered.text) for part in alert.parts] == [("", "ok")] * 2
    assert alert.rendered.problem.count("The default subject was used") == 1


def test_templates_of_all_kinds_and_parts_are_read_by_one_query(
    session: Session, incident: Incident
) -> None:
    template(session, incident, text="all")
    template(session, incident, kind="email", text="mail")
    mail, _ = notify(session, incident)
    asked: list[str] = []
    connection = session.connection()
    listening.listen(connection, "before_cursor_execute", lambda *args: asked.append(str(args[2])))
    taken(session, mail)
    assert sum("message_templates" in statement for statement in asked) == 1


def test_the_quota_counts_the_text_that_is_sent(session: Session) -> None:
    incident = broken(session, watched(session, SMS))
    template(session, incident, text="Ж" * 100)
    (text,) = notify(session, incident)
    assert take(session, text, by=relay_settings(text_quota=1)) is None
    assert row(session, text).state is DeliveryState.DEAD


def test_a_deleted_template_leads_back_to_the_usual_words(
    session: Session, incident: Incident
) -> None:
    template(session, incident, event=AlertEvent.UP, text="up")
    for delivery_id in notify(session, incident):
        send(session, delivery_id)
    end(session, incident, at=seconds(60))
    session.delete(session.scalars(select(MessageTemplate)).one())
    session.flush()
    written = tell_more(session, incident, now=seconds(60))
    assert written
    for delivery_id in written:
        claimed = taken(session, delivery_id, seconds(60))
        accept(session, claimed, seconds(60))
        assert claimed.alert.rendered == Rendered()
