"""What alerts say when it was the credential that failed, and not surely the site."""

from dataclasses import replace

import pytest

from domain.alert import Alert, AlertEvent
from notifiers.sms_text import text_of
from notifiers.wording import wording
from tests.notifiers.alerts import outage, recovery

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
