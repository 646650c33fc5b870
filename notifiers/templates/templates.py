"""Messages in an organization's own words: what may be written, and what comes of it for an alert."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn

import structlog

from domain.alerting.alert import Alert, AlertEvent, Rendered
from notifiers.email.harmless_html import harmless
from notifiers.one_line import one_line
from notifiers.sample_alerts import samples
from notifiers.templates.engine import TemplateError, compiled, written
from notifiers.templates.filters import LARGEST, lines
from notifiers.templates.sandbox import Sandbox, json_piece

log = structlog.get_logger(__name__)

_LONGEST_SUBJECT = 200


class Medium(StrEnum):
    """The parts of a message that have a template each."""

    SUBJECT = "subject"
    TEXT = "text"
    HTML = "html"
    BODY = "body"


_USUAL_MEDIA = frozenset({Medium.SUBJECT, Medium.TEXT})
_MEDIA = {
    "email": _USUAL_MEDIA | {Medium.HTML},
    "webhook": _USUAL_MEDIA | {Medium.BODY},
    "sms": frozenset({Medium.TEXT}),
    "voice": frozenset({Medium.TEXT}),
}
_SANDBOXES = {
    Medium.SUBJECT: Sandbox(written_as=lines),
    Medium.TEXT: Sandbox(written_as=lines),
    Medium.HTML: Sandbox(written_as=lines, is_html=True),
    Medium.BODY: Sandbox(written_as=json_piece),
}


def media_of(kind: str | None) -> frozenset[Medium]:
    """Return the parts that messages of a kind of channel have; without a kind, of any."""
    return frozenset(Medium) if kind is None else _MEDIA.get(kind, _USUAL_MEDIA)


def problems(medium: Medium, source: str, event: AlertEvent) -> tuple[str, ...]:
    """Try a template on what such an event looks like, at its fullest and at its barest."""
    try:
        full, bare = samples(event)
        made = render(medium, source, full)
        render(medium, source, bare)
    except TemplateError as error:
        return error.problems
    return () if made else ("The template produces no text.",)


def rendered(kind: str, sources: Mapping[str, str], alert: Alert) -> Rendered:
    """Make what can be made for a kind of channel. What cannot stays empty, for the usual words."""
    made: dict[str, str] = {}
    failed: list[str] = []
    for medium in sorted(media_of(kind) & sources.keys()):
        try:
            made[medium] = render(medium, sources[medium], alert)
        except TemplateError as error:
            log.warning("template_failed", alert=alert.key, kind=kind, medium=medium)
            failed.append(f"The default {medium} was used, because the template failed: {error}")
        except Exception as error:  # noqa: BLE001 - a bug of ours must not cost the message
            log.error("template_broken", alert=alert.key, medium=medium, error=type(error).__name__)  # noqa: TRY400 - no stack
            failed.append(f"The default {medium} was used, because this service had an error.")
    return Rendered(**made, problem=" ".join(failed))


def render(medium: Medium, source: str, alert: Alert) -> str:
    """Return what a template makes of an alert, fit for its medium; raises `TemplateError`."""
    template = compiled(_SANDBOXES[medium], source)
    return _FINISHES[medium](written(template, alert))


def _subject(text: str) -> str:
    return one_line(text)[:_LONGEST_SUBJECT]


def _text(text: str) -> str:
    """Keep lines, and in them only what can be printed."""
    kept = (
        "".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines()
    )
    return "\n".join(line.rstrip() for line in kept).strip()


def _html(text: str) -> str:
    """Make it harmless; to close what was left open may make much more of it."""
    try:
        html = harmless(text)
    except ValueError as error:
        raise TemplateError(str(error)) from None
    if len(html) > LARGEST:
        raise TemplateError(f"It produces more than {LARGEST} characters.")
    return html


def _body(text: str) -> str:
    if not text.strip():
        return ""
    try:
        json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise TemplateError("This is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise TemplateError(
            f"The result is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except ValueError as error:
        raise TemplateError(f"The result is not JSON: {error}") from None
    return text.strip()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"there is no {name}.")


_FINISHES = {
    Medium.SUBJECT: _subject,
    Medium.TEXT: _text,
    Medium.HTML: _html,
    Medium.BODY: _body,
}
