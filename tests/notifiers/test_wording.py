"""What alerts say: each event in its own words, and when it was the credential that failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alerting.alert import Alert, AlertEvent
from notifiers.email.message import words_of
from notifiers.texts.sms_text import text_of
from notifiers.wording import Mood, wording
from tests.notifiers.alerts import every_event, of_event, outage, recovery

REFUSED = "The site refused the credential: 401 Unauthorized."


def failing(alert: Alert) -> Alert:
    return replace(alert, cause=REFUSED, is_authorization=True)


def test_a_credential_that_fails_is_not_called_an_outage() -> None:
    words = wording(failing(outage()))
    assert words.subject == "Authorization failing: Shop"
    assert words.sentence == "Authorization at Shop is failing."
    assert ("Cause", REFUSED) in words.facts


def test_the_recovery_says_what_had_failed() -> None:
    words = wording(failing(recovery()))
    assert words.subject == "Up: Shop (authorization failed for 12 min)"
    assert words.sentence == "Shop is up again. Authorization failed for 12 min."


def test_a_monitor_deleted_meanwhile_says_so_too() -> None:
    words = wording(failing(recovery(event=AlertEvent.ENDED)))
    assert words.subject == "Ended: Shop (deleted while authorization failed)"
    assert "was deleted while authorization failed" in words.sentence


@pytest.mark.parametrize(
    ("alert", "start"),
    [
        (outage(), f"AUTHORIZATION FAILING Shop since 24 Nov 08:12 UTC. {REFUSED}"),
        (recovery(), "UP Shop. Authorization failed 12 min, from 24 Nov 08:12 UTC."),
        (
            recovery(event=AlertEvent.ENDED),
            "ENDED Shop: deleted while authorization failed since 24 Nov 08:12 UTC.",
        ),
    ],
)
def test_text_messages_use_the_same_words(alert: Alert, start: str) -> None:
    assert text_of(failing(alert)).startswith(start)


def test_other_causes_are_called_down_as_before() -> None:
    assert wording(outage()).subject == "Down: Shop"
    assert wording(recovery()).subject == "Up: Shop (was down 12 min)"


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
    ("event", "subject"),
    [
        (AlertEvent.DEGRADED, "Degraded: Shop"),
        (AlertEvent.REMINDER, "Still down: Shop"),
        (AlertEvent.MISSED, "Was down: Shop (12 min, up again)"),
        (AlertEvent.ACKNOWLEDGED, "Acknowledged: Shop"),
        (AlertEvent.FLAPPING, "Unstable: Shop"),
        (AlertEvent.STABLE, "Stable again: Shop"),
        (AlertEvent.CONFIRM, "Confirm: alerts of Acme"),
        (AlertEvent.DIGEST, "3 alerts: Acme"),
        (AlertEvent.QUOTA, "Text messages run out: Acme"),
    ],
)
def test_the_subject_says_what_happened(event: AlertEvent, subject: str) -> None:
    assert wording(of_event(event)).subject == subject


def test_one_that_was_deleted_is_not_called_stable() -> None:
    words = wording(replace(of_event(AlertEvent.STABLE), is_deleted=True))
    assert words.subject == "No longer watched: Shop (deleted while unstable)"
    assert words.sentence == (
        "Shop was deleted while it was unstable. Nothing more will be told of it."
    )
    assert words.mood is Mood.NEUTRAL


def test_a_reminder_says_which_one_it_is() -> None:
    alert = replace(of_event(AlertEvent.REMINDER), number=3)
    assert wording(alert).subject == "Still down: Shop (reminder 3)"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (AlertEvent.REMINDER, "Shop is still degraded."),
        (AlertEvent.UP, "Shop is up again. It was degraded for 12 min."),
        (AlertEvent.MISSED, "Shop was degraded for 12 min and is up again."),
        (AlertEvent.ACKNOWLEDGED, "Shop is degraded. Somebody has taken it on."),
    ],
)
def test_degraded_service_is_not_called_down(event: AlertEvent, sentence: str) -> None:
    assert wording(replace(of_event(event), is_degraded=True)).sentence == sentence


def test_a_message_that_was_held_up_says_for_how_long() -> None:
    words = wording(replace(outage(), late_by=timedelta(minutes=65)))
    assert words.sentence == "Shop is down. This message was held up for 1 h 5 min."


def test_monitors_of_which_nothing_is_told_meanwhile_are_named() -> None:
    words = wording(replace(outage(), also_down=("Blog", "Wiki\r\n")))
    assert ("Also down", "Blog, Wiki") in words.facts


def test_a_long_list_of_them_is_cut() -> None:
    words = wording(replace(outage(), also_down=tuple(f"m{number}" for number in range(25))))
    assert dict(words.facts)["Also down"].endswith("m9, and 15 more")


def test_a_digest_tells_of_each_message_and_counts_them() -> None:
    words = wording(of_event(AlertEvent.DIGEST))
    assert words.sentence == "3 alerts of Acme came at once: 2 down, 1 up."
    assert ("Down", "Blog is down.") in words.facts
    assert ("Up", "Wiki is up again. It was down for 12 min.") in words.facts


def test_a_digest_of_very_many_says_how_many_more() -> None:
    many = replace(of_event(AlertEvent.DIGEST), parts=(outage(),) * 70)
    assert wording(many).facts[-1] == ("And", "20 more")


@pytest.mark.parametrize("parts", [2, 3, 30, 50, 51, 70])
@pytest.mark.parametrize("most", [1, 2, 10, 25, 60])
def test_what_there_is_no_room_for_is_counted(parts: int, most: int) -> None:
    words = wording(replace(of_event(AlertEvent.DIGEST), parts=(outage(),) * parts))
    facts = words.first_facts(most)
    assert 1 <= len(facts) <= most
    assert facts[0] == (words.facts[0] if most > 1 else ("And", f"{parts + 1} more"))
    label, value = facts[-1]
    left = int(value.split()[0]) if label == "And" else 0
    notified = [fact for fact in facts if fact == ("Down", "Shop is down.")]
    assert len(notified) + left == parts + (most == 1)


def test_facts_are_left_out_until_the_rest_fits() -> None:
    words = wording(of_event(AlertEvent.DIGEST))
    facts = words.first_facts(60, lambda some: len(some) < 4)
    assert facts == (*words.facts[:2], ("And", "2 more"))
    assert words.first_facts(60, lambda _: False) == ()


def test_facts_of_the_event_are_told_with_their_labels() -> None:
    words = wording(replace(of_event(AlertEvent.EXPIRY), facts=(("Expires\n", "on\tMonday"),)))
    assert ("Expires", "on Monday") in words.facts


def test_braces_in_a_name_are_only_braces() -> None:
    assert wording(outage(name="{name} {lasted} {0.__class__}")).sentence == (
        "{name} {lasted} {0.__class__} is down."
    )


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
