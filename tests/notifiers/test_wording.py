"""What alerts say: each event in its own words, and when it was the credential that failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alerting.alert import ACKNOWLEDGED_BY, ENDS, OPENINGS, Alert, AlertEvent
from notifiers.email.message import words_of
from notifiers.texts.sms_text import text_of
from notifiers.wording import Mood, lateness, with_local_times, wording
from tests.notifiers.alerts import WHY, every_event, of_event, outage, recovery

OF_INCIDENTS = OPENINGS | ENDS | {AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED}
REFUSED = "The site refused the credential: 401 Unauthorized."


def failing(alert: Alert) -> Alert:
    return replace(alert, cause=REFUSED, is_authorization=True)


@pytest.mark.parametrize("event", sorted(OF_INCIDENTS))
def test_a_credential_that_fails_is_not_called_an_outage(event: AlertEvent) -> None:
    alert = failing(of_event(event))
    words = wording(alert)
    said = f"{words.subject} {words.sentence} {text_of(alert)}".lower()
    assert "authorization" in said
    assert "down" not in said
    assert ("Cause", REFUSED) in words.facts


def test_the_recovery_says_what_had_failed_and_for_how_long() -> None:
    words = wording(failing(recovery()))
    for said in (words.subject, words.sentence, text_of(failing(recovery()))):
        assert "uthorization failed for 12 min" in said


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_has_words_that_name_what_it_is_about(alert: Alert) -> None:
    words = wording(alert)
    name = alert.monitor_name or alert.organization_name
    assert name in words.subject
    assert name in words.sentence or alert.event is AlertEvent.EXPIRY
    assert words.sentence.endswith(".")
    assert "None" not in str(words)
    assert "{" not in words.subject + words.sentence


def test_no_two_events_say_the_same() -> None:
    assert len({wording(alert).subject for alert in every_event()}) == len(AlertEvent)


@pytest.mark.parametrize(
    ("event", "start"),
    [
        (AlertEvent.DOWN, "DOWN: "),
        (AlertEvent.DEGRADED, "Degraded: "),
        (AlertEvent.REMINDER, "Still down: "),
        (AlertEvent.UP, "Recovered: "),
        (AlertEvent.MISSED, "Was down: "),
        (AlertEvent.ENDED, "Deleted while down: "),
        (AlertEvent.ACKNOWLEDGED, "Acknowledged: "),
        (AlertEvent.FLAPPING, "Flapping: "),
        (AlertEvent.STABLE, "Stable again: "),
        (AlertEvent.CONFIRM, "Confirm "),
        (AlertEvent.DIGEST, "3 alerts: "),
    ],
)
def test_the_subject_begins_with_what_happened(event: AlertEvent, start: str) -> None:
    alert = of_event(event)
    assert wording(alert).subject.startswith(
        f"{start}{alert.monitor_name or alert.organization_name}" if start.endswith(": ") else start
    )


def test_one_that_was_deleted_is_not_called_stable() -> None:
    words = wording(replace(of_event(AlertEvent.STABLE), is_deleted=True))
    assert words.subject.startswith("Deleted ")
    assert "stable" not in f"{words.subject} {words.sentence}".lower()
    assert words.mood is Mood.NEUTRAL


def test_a_reminder_says_which_one_it_is() -> None:
    alert = replace(of_event(AlertEvent.REMINDER), number=3)
    assert wording(alert).subject == "Still down: Shop (reminder 3)"


@pytest.mark.parametrize(
    "event", [AlertEvent.REMINDER, AlertEvent.UP, AlertEvent.MISSED, AlertEvent.ACKNOWLEDGED]
)
def test_degraded_service_is_not_called_down(event: AlertEvent) -> None:
    words = wording(replace(of_event(event), is_degraded=True))
    assert "degraded" in words.sentence
    assert "down" not in f"{words.subject} {words.sentence}".lower()


@pytest.mark.parametrize("event", [AlertEvent.DOWN, AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED])
def test_what_goes_on_says_since_when_in_which_zone(event: AlertEvent) -> None:
    assert "since 2026-11-24 08:12:05 UTC" in wording(of_event(event)).sentence


def test_a_recovery_says_how_long_it_lasted_and_from_when_until_when() -> None:
    words = wording(recovery())
    assert "12 min" in words.subject
    assert "12 min" in words.sentence
    assert ("From", "2026-11-24 08:12:05 UTC") in words.facts
    assert ("Until", "2026-11-24 08:24:05 UTC") in words.facts


def test_who_acknowledged_is_named_once() -> None:
    facts = ((ACKNOWLEDGED_BY, "Ann\r\nBcc: x"), ("Note", "Mine."))
    words = wording(replace(of_event(AlertEvent.ACKNOWLEDGED), facts=facts))
    assert words.subject == "Acknowledged by Ann Bcc: x: Shop"
    assert "Ann Bcc: x acknowledged" in words.sentence
    assert [label for label, _ in words.facts] == ["Cause", "Address", "Note"]


@pytest.mark.parametrize("event", [AlertEvent.EXPIRY, AlertEvent.QUOTA])
def test_a_headline_begins_the_subject_and_the_cause_follows_once(event: AlertEvent) -> None:
    alert = replace(of_event(event), headline="Certificate expires in 7 days", cause="It\nends.")
    words = wording(alert)
    assert words.subject == f"{alert.headline}: {alert.monitor_name or alert.organization_name}"
    assert words.sentence.endswith(": it ends.")
    assert "Details" not in dict(words.facts)


def test_a_name_that_is_cut_is_told_in_full() -> None:
    assert ("Monitor", "x" * 101) in wording(outage(name="x" * 101)).facts
    assert "Monitor" not in dict(wording(outage(name="x" * 100)).facts)


def test_a_message_that_was_held_up_says_for_how_long() -> None:
    late = replace(outage(), late_by=timedelta(minutes=65))
    assert "1 h 5 min" in lateness(late)
    assert wording(late).sentence == f"{wording(outage()).sentence} {lateness(late)}"


def test_monitors_of_which_nothing_is_told_meanwhile_are_named() -> None:
    words = wording(replace(outage(), also_down=("Blog", "Wiki\r\n")))
    assert ("Also down", "Blog, Wiki") in words.facts


def test_a_long_list_of_them_is_cut() -> None:
    words = wording(replace(outage(), also_down=tuple(f"m{number}" for number in range(25))))
    assert dict(words.facts)["Also down"].endswith("m9, and 15 more")


def test_a_digest_tells_of_each_message_and_counts_them() -> None:
    words = wording(of_event(AlertEvent.DIGEST))
    assert "3 alerts" in words.subject
    for said in (words.subject, words.sentence):
        assert "2 down, 1 recovered" in said
    cause = "Answered 500 Internal Server Error, expected 200-299."
    assert ("Down", f"Blog, since 2026-11-24 08:12:05 UTC. {cause}") in words.facts
    assert ("Recovered", "Wiki, after 12 min") in words.facts


def test_a_digest_of_very_many_says_how_many_more() -> None:
    many = replace(of_event(AlertEvent.DIGEST), parts=(outage(),) * 70)
    assert wording(many).facts[-1] == ("And", "20 more")


@pytest.mark.parametrize("parts", [2, 3, 30, 50, 51, 70])
@pytest.mark.parametrize("most", [1, 2, 10, 25, 60])
def test_what_there_is_no_room_for_is_counted(parts: int, most: int) -> None:
    words = wording(replace(of_event(AlertEvent.DIGEST), parts=(outage(),) * parts))
    facts = words.first_facts(most)
    assert 1 <= len(facts) <= most
    assert facts[0] == (words.facts[0] if most > 1 else ("And", f"{parts} more"))
    label, value = facts[-1]
    left = int(value.split()[0]) if label == "And" else 0
    notified = [fact for fact in facts if fact[0] == "Down"]
    assert len(notified) + left == parts


def test_facts_are_left_out_until_the_rest_fits() -> None:
    words = wording(of_event(AlertEvent.DIGEST))
    facts = words.first_facts(60, lambda some: len(some) < 4)
    assert facts == words.facts
    facts = words.first_facts(60, lambda some: len(some) < 3)
    assert facts == (words.facts[0], ("And", "2 more"))
    assert words.first_facts(60, lambda _: False) == ()


def test_facts_of_the_event_are_told_with_their_labels() -> None:
    words = wording(replace(of_event(AlertEvent.EXPIRY), facts=(("Expires\n", "on\tMonday"),)))
    assert ("Expires", "on Monday") in words.facts


def test_braces_in_a_name_are_only_braces() -> None:
    name = "{name} {lasted} {0.__class__}"
    assert wording(outage(name=name)).subject == f"DOWN: {name} {WHY}"
    assert wording(outage(name=name)).sentence.startswith(f"{name} ")


@pytest.mark.parametrize(
    ("alert", "mood"),
    [
        (outage(), Mood.BAD),
        (recovery(), Mood.GOOD),
        (of_event(AlertEvent.DEGRADED), Mood.WARNING),
        (replace(of_event(AlertEvent.REMINDER), is_degraded=True), Mood.WARNING),
        (of_event(AlertEvent.TEST), Mood.NEUTRAL),
    ],
)
def test_how_bad_it_is_can_be_seen(alert: Alert, mood: Mood) -> None:
    assert wording(alert).mood is mood


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_people_get_no_link_that_asks_for_a_token(alert: Alert) -> None:
    led = replace(alert, link="https://downtime.example/api/v1/incidents/1")
    assert not [link for _, link in wording(led).links if "/api/" in link]
    assert "/api/" not in "".join((*words_of(led), text_of(led)))


@pytest.mark.parametrize(
    ("text", "zone", "shown"),
    [
        ("At 2026-07-01 23:30 UTC.", "Europe/Berlin", "At 2026-07-02 01:30 CEST."),
        ("At 2026-01-01 00:00:05 UTC.", "America/Sao_Paulo", "At 2025-12-31 21:00:05 UTC-03."),
        ("At 2026-01-01 00:00 UTC.", "Nowhere/Else", "At 2026-01-01 00:00 UTC."),
        ("At 2026-02-31 00:00 UTC, 12026-01-01 00:00 UTC.", "Asia/Tokyo", None),
    ],
)
def test_a_time_within_a_sentence_is_that_of_the_reader(
    text: str, zone: str, shown: str | None
) -> None:
    assert with_local_times(text, zone) == (shown or text)
