"""Alerts to everything else, by an Apprise URL: docs/development/adr/0013 says how it is kept in its place.

Apprise opens its own sockets, so it runs in a process of its own, `notifiers/apprise_child.py`, that
lives for one message and cannot connect to, read or write anything that it should not.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Self

import structlog
from pydantic import AfterValidator, Field, SecretStr

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.kind import ChannelSettings, Fingerprint, settings_of
from notifiers.wording import Mood, Wording, wording
from security.egress.guard import EgressPolicy, judge_url_host

log = structlog.get_logger(__name__)

_SECONDS = 25.0
_SECONDS_TO_EXAMINE = 10.0
_SCHEME = re.compile(r"([a-z0-9]{1,20})://[ -~]+")
# What would talk to the machine that we run on.
LOCAL = frozenset(
    "blink1 dbus file gio glib gnome growl kde macosx qt syslog windows".split()  # noqa: SIM905 - a list of words
)
_TYPES = {
    Mood.BAD: "failure",
    Mood.WARNING: "warning",
    Mood.GOOD: "success",
    Mood.NEUTRAL: "info",
}
_NOT_UNDERSTOOD = "Apprise does not understand this URL."
# Without effect to the eye; no service finds a mention behind it.
_BREAK = "\u200b"


def _checked(url: SecretStr) -> SecretStr:
    found = _SCHEME.fullmatch(url.get_secret_value())
    if not found:
        raise ValueError("Must be an Apprise URL, such as ntfys://ntfy.example.com/topic.")
    if found[1] in LOCAL:
        raise ValueError("This would reach only the machine that this service runs on.")
    return url


class AppriseSettings(ChannelSettings):
    DESTINATION: ClassVar[frozenset[str]] = frozenset({"url"})
    IS_EXAMINED: ClassVar[bool] = True

    url: Annotated[SecretStr, Field(max_length=2048), AfterValidator(_checked)]

    def address_of(self, fingerprint: Fingerprint) -> str:
        # Not the host: of many services the token stands in its place.
        text = self.url.get_secret_value()
        return f"{text.partition('://')[0]} ({fingerprint(text)})"

    @classmethod
    def examine(cls, several: Sequence[Self], policy: EgressPolicy) -> Sequence[str | None]:
        """Ask Apprise whether it understands the URLs: one child for all, about a second."""
        urls = [each.url.get_secret_value() for each in several]
        try:
            answer = _ask({"do": "check", "urls": urls}, policy, seconds=_SECONDS_TO_EXAMINE)
        except NotifierError as error:
            return [str(error) for _ in several]
        return [_problem(each, policy) for each in answer["checked"]]


def _problem(checked: dict[str, Any], policy: EgressPolicy) -> str | None:
    if not checked["known"]:
        return _NOT_UNDERSTOOD
    try:
        if checked["host"]:
            judge_url_host(policy, checked["host"])
    except ValueError as error:
        return str(error)
    return None


class AppriseNotifier:
    def __init__(self, policy: EgressPolicy, *, seconds: float = _SECONDS) -> None:
        self._policy = policy
        self._seconds = seconds

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, AppriseSettings)
        words = wording(alert)
        message = {
            "do": "send",
            "url": settings.url.get_secret_value(),
            "title": _harmless(words.subject),
            "body": body(words),
            "type": _TYPES[words.mood],
        }
        answer = _ask(message, self._policy, seconds=self._seconds)
        if answer["accepted"]:
            status = answer["status"]
            said = f"The service answered {status}." if status else "The service accepted it."
            return Receipt(said)
        if not answer["known"]:
            raise NotifierError(_NOT_UNDERSTOOD, channel_gone=True)
        if answer["denied"]:
            raise NotifierError("This service may not connect to that host.")
        status = answer["status"]
        raise NotifierError(
            f"The service answered {status}."
            if status
            else "The service did not accept the message."
        )


def from_settings(settings: Settings) -> AppriseNotifier:
    return AppriseNotifier(EgressPolicy.from_settings(settings))


def _ask(
    message: dict[str, Any], policy: EgressPolicy, *, seconds: float = _SECONDS
) -> dict[str, Any]:
    """Let a child do it; raises a temporary `NotifierError` if it did not come to an end."""
    given = asdict(policy) | {"allow": [str(network) for network in policy.allow]}
    try:
        done = subprocess.run(
            # By a pipe: every user of the machine can read arguments.
            [sys.executable, "-I", "-B", "-m", "notifiers.apprise_child"],
            input=json.dumps({**message, "policy": given}).encode(),
            capture_output=True,
            timeout=seconds,
            # Nothing of ours: a variable may hold a secret.
            env={"LANG": "C.UTF-8"},
            cwd="/",
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NotifierError("The service did not answer in time.") from None
    except (OSError, ValueError) as error:
        log.warning("apprise_failed", error=type(error).__name__)
        raise NotifierError("Apprise failed.") from None
    return answer


def body(words: Wording) -> str:
    """Write what is needed most first: a service that takes only short texts gets the beginning."""
    facts = (_harmless(f"{label}: {value}") for label, value in words.facts)
    links = (f"{label}: {link}" for label, link in words.links)
    return "\n".join([_harmless(words.shortened), *links, "", *facts])


def _harmless(text: str) -> str:
    return text.replace("@", f"@{_BREAK}").replace("<", f"<{_BREAK}")
