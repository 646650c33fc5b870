"""The fields of a message template: its event, its kind of channel and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from domain.alerting.alert import IN_OUR_WORDS, AlertEvent
from models import MessageTemplate
from notifiers.registry import KINDS
from notifiers.templates.templates import Medium, media_of
from services.templates.templates import TemplateValues
from web import words
from web.translations import gettext as _
from web.typed.fields import Typed

EVENTS = tuple(event for event in AlertEvent if event not in IN_OUR_WORDS)
PARTS = tuple(medium.value for medium in Medium)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDraft:
    """The fields as text; the parts with the line ends of this service."""

    event: str
    kind: str
    parts: Mapping[str, str]
    incident_id: str = ""

    def shows(self, part: str) -> bool:
        """Return whether messages of the kind have the part, or something is typed into it."""
        return bool(self.parts[part]) or part in media_of(self.kind if self.kind in KINDS else None)


def first(event: str, kind: str) -> TemplateDraft:
    """Return the draft of a new template, of the event and the kind that an address names."""
    known = event if event in EVENTS else AlertEvent.DOWN.value
    return TemplateDraft(
        event=known, kind=kind if kind in KINDS else "", parts=dict.fromkeys(PARTS, "")
    )


def of_template(template: MessageTemplate) -> TemplateDraft:
    """Return the draft of a stored template."""
    parts = {part: getattr(template, part) or "" for part in PARTS}
    return TemplateDraft(event=template.event, kind=template.kind or "", parts=parts)


def typed(form: MultiDict[str, str]) -> TemplateDraft:
    """Return the draft that a form describes."""
    return TemplateDraft(
        event=form.get("event", ""),
        kind=form.get("kind", ""),
        parts={part: form.get(part, "").replace("\r\n", "\n") for part in PARTS},
        incident_id=form.get("incident_id", ""),
    )


def values(draft: TemplateDraft) -> TemplateValues:
    """Return the template for the service. An empty part has the default wording."""
    read = Typed(MultiDict({"event": draft.event, "kind": draft.kind}))
    event = read.choice("event", AlertEvent)
    if draft.kind:
        read.one_of("kind", KINDS)
    for part, text in draft.parts.items():
        if "\0" in text:
            read.fail(part, _("Must not contain line breaks or control characters."))
    read.refuse()
    sources = {part: text if text.strip() else None for part, text in draft.parts.items()}
    return TemplateValues(event=event, kind=draft.kind or None, **sources)


def labels() -> dict[str, str]:
    return {
        "event": _("Event"),
        "kind": _("Channel"),
        "subject": _("Subject"),
        "text": _("Text"),
        "html": _("HTML of a mail"),
        "body": _("Body of a webhook"),
        "incident_id": _("Preview with"),
    }


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of channels to choose from, after all of them together."""
    return [("", _("All channels without their own text")), *words.channel.choices(KINDS)]
