"""Alerts to PagerDuty (Events API v2): an outage opens an incident there, and its end resolves it."""

import re
import time
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from pydantic import SecretStr

from config.settings import Settings
from domain.alerting.alert import OF_STABILITY, Alert, AlertEvent
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.fields import secret_like
from notifiers.kind import ChannelSettings, Fingerprint, settings_of
from notifiers.one_line import one_line
from notifiers.posting import SECONDS, Provider
from notifiers.sentences import subject_and_sentence
from notifiers.wording import Facts, Mood, Wording, about, moment, name_of, wording
from security.egress.guard import OPERATORS_CHOICE

_RESOLVES = frozenset({AlertEvent.UP, AlertEvent.ENDED, AlertEvent.MISSED, AlertEvent.STABLE})
_SEVERITIES = {
    Mood.BAD: "critical",
    Mood.WARNING: "warning",
    Mood.GOOD: "info",
    Mood.NEUTRAL: "info",
}
_ABOUT_THE_KEY = re.compile(r"routing[_ ]key", re.IGNORECASE)
_LONGEST_SUMMARY = 1024
_LONGEST_SOURCE = 255
_LONGEST_NAME = 100

RoutingKey = Annotated[
    SecretStr, secret_like(r"[A-Za-z0-9]{32}", "Must be an integration key of 32 characters.")
]


class PagerDutySettings(ChannelSettings):
    """`routing_key` is the integration key of a PagerDuty service."""

    DESTINATION: ClassVar[frozenset[str]] = frozenset({"routing_key"})

    routing_key: RoutingKey

    def address_of(self, fingerprint: Fingerprint) -> str:
        return f"service ({fingerprint(self.routing_key.get_secret_value())})"


class PagerDutyNotifier:
    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._url = f"{url.rstrip('/')}/v2/enqueue"
        self._seconds = seconds
        self._provider = Provider(name="PagerDuty", policy=OPERATORS_CHOICE, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        """Send one event, or each of a digest by itself: otherwise nothing would resolve them.

        If one is refused, all are sent again, and PagerDuty knows those that it has by their keys.
        """
        settings = settings_of(channel, PagerDutySettings)
        ends_at = time.monotonic() + self._seconds
        for part in alert.parts or (alert,):
            if time.monotonic() > ends_at:
                raise NotifierError("PagerDuty took too long to take all of them.")
            receipt = self._one(event(part, settings.routing_key))
        return receipt

    def _one(self, content: dict[str, Any]) -> Receipt:
        answer = self._provider.post(self._url, json=content)
        if answer.status == HTTPStatus.ACCEPTED:
            return self._provider.accepted(answer, str(content["dedup_key"]))
        said = f"{answer.object.get('message', '')} {answer.object.get('errors') or ''}".strip()
        about_us = answer.status == HTTPStatus.BAD_REQUEST and _ABOUT_THE_KEY.search(said)
        raise self._provider.refused(answer, said, gone=bool(about_us))


def from_settings(settings: Settings) -> PagerDutyNotifier:
    return PagerDutyNotifier(settings.pagerduty_url)


def event(alert: Alert, routing_key: SecretStr) -> dict[str, Any]:
    about = {
        "routing_key": routing_key.get_secret_value(),
        "event_action": _action(alert),
        "dedup_key": _key(alert),
    }
    return about if about["event_action"] != "trigger" else about | _content(alert)


def shown(alert: Alert) -> tuple[str, Facts, Facts]:
    """Return what PagerDuty shows of an event: the summary, the details and the links."""
    words = wording(alert)
    details = tuple(_details(alert, words).items())
    return _summary(alert, words)[:_LONGEST_SUMMARY], details, words.links


def _key(alert: Alert) -> str:
    """Return what PagerDuty knows an incident by: being unstable is one of its own of a monitor."""
    if alert.event in OF_STABILITY and alert.monitor_id:
        return f"{alert.monitor_id}/unstable"
    return alert.outage_key or alert.key


def _action(alert: Alert) -> str:
    if alert.event in _RESOLVES:
        return "resolve"
    return "acknowledge" if alert.event is AlertEvent.ACKNOWLEDGED else "trigger"


def _summary(alert: Alert, words: Wording) -> str:
    """Return the one line that PagerDuty shows and reads out: what happened, to what, and why."""
    own = alert.rendered
    usual, _ = subject_and_sentence(alert, name_of(alert)[:_LONGEST_NAME], with_cause=False)
    subject, more = own.subject or usual, words.sentence if own.text else one_line(alert.cause)
    return f"{subject}: {more}" if more else subject


def _details(alert: Alert, words: Wording) -> dict[str, str]:
    """Return the facts with those that the sentence states: PagerDuty shows no sentence beside them."""
    if not words.facts:
        return {}
    since = (("Since", moment(alert.started_at, alert.time_zone)),) if alert.started_at else ()
    return dict((*about(alert), *words.facts, *since))


def _content(alert: Alert) -> dict[str, Any]:
    words = wording(alert)
    began = {"timestamp": alert.started_at.isoformat()} if alert.started_at else {}
    return {
        "payload": {
            "summary": _summary(alert, words)[:_LONGEST_SUMMARY],
            "source": name_of(alert)[:_LONGEST_SOURCE],
            "severity": _SEVERITIES[words.mood],
            **began,
            "custom_details": _details(alert, words),
        },
        "links": [{"href": link, "text": label} for label, link in words.links],
    }
