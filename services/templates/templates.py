"""Message templates: an organization's own wording of an event."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.alerting.alert import IN_OUR_WORDS, AlertEvent
from models import MessageTemplate
from notifiers.templates import templates
from notifiers.templates.templates import Medium
from services import lookup, pagination, quotas
from services.errors import Conflict, Invalid

_NAMES = ("event", "kind", *(medium.value for medium in Medium))


class TemplateChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    event: AlertEvent
    kind: str | None
    subject: str | None
    text: str | None
    html: str | None
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateValues:
    """A template for one kind of channel, or for all kinds without their own."""

    event: AlertEvent
    kind: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    body: str | None = None

    @property
    def sources(self) -> Mapping[str, str]:
        """The parts that are set."""
        given = {medium.value: getattr(self, medium) for medium in Medium}
        return {name: source for name, source in given.items() if source is not None}

    def as_changes(self) -> TemplateChanges:
        """Return all fields, for a change that replaces each of them."""
        return {
            "event": self.event,
            "kind": self.kind,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "body": self.body,
        }


def create(
    session: Session, organization_id: int, values: TemplateValues, *, now: datetime
) -> MessageTemplate:
    quotas.take(session, organization_id, "message_templates")
    template = MessageTemplate(organization_id=organization_id, created_at=now)
    session.add(template)
    _write(session, template, values, now)
    return template


def change(
    session: Session,
    organization_id: int,
    template_id: uuid.UUID,
    changes: TemplateChanges,
    *,
    now: datetime,
) -> MessageTemplate:
    """Change the given fields; a part set to null returns to the default wording."""
    template = find(session, organization_id, template_id, locked=True)
    _write(session, template, replace(TemplateValues(**_values(template)), **changes), now)
    return template


def delete(session: Session, organization_id: int, template_id: uuid.UUID) -> None:
    session.delete(find(session, organization_id, template_id, locked=True))


def find(
    session: Session, organization_id: int, template_id: uuid.UUID, *, locked: bool = False
) -> MessageTemplate:
    """Return a template; `locked` makes other changes wait until the commit.

    Raise `NotFound` if there is none.
    """
    read = lookup.locked if locked else lookup.find
    return read(session, MessageTemplate, organization_id, template_id, "message template")


def page(
    session: Session,
    organization_id: int,
    request: pagination.PageRequest,
    *,
    event: AlertEvent | None = None,
) -> pagination.Page[MessageTemplate]:
    """List templates by event and kind; those for all kinds come first."""
    place = (MessageTemplate.event, func.coalesce(MessageTemplate.kind, ""))
    query = select(MessageTemplate).where(MessageTemplate.organization_id == organization_id)
    if event is not None:
        query = query.where(MessageTemplate.event == event)
    if request.cursor is not None:
        after = pagination.position("message-templates", request.cursor, str, str)
        query = query.where(tuple_(*place) > tuple_(*after))
    rows = session.scalars(query.order_by(*place).limit(request.limit + 1)).all()
    return pagination.cut(
        rows,
        request.limit,
        lambda row: pagination.cursor("message-templates", row.event, row.kind or ""),
    )


def check(values: TemplateValues) -> None:
    """Raise `Invalid` with each unusable part, and where and why it is unusable."""
    problems: dict[str, list[str]] = {}
    if values.event in IN_OUR_WORDS:
        problems["event"] = ["Messages about this event cannot have a template."]
    media = templates.media_of(values.kind)
    for name, source in values.sources.items():
        found = (
            templates.problems(Medium(name), source, values.event)
            if name in media
            else (f"Messages of the kind {values.kind} have no such part.",)
        )
        if found:
            problems[name] = list(found)
    if problems:
        raise Invalid(problems)


def _write(
    session: Session, template: MessageTemplate, values: TemplateValues, now: datetime
) -> None:
    if not values.sources:
        raise Invalid({"text": ["Give at least one of subject, text, html and body."]})
    check(values)
    for name in _NAMES:
        setattr(template, name, getattr(values, name))
    template.updated_at = now
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Conflict(
            "A template for this event and kind already exists.", field="event"
        ) from error


def _values(template: MessageTemplate) -> dict[str, Any]:
    kept = {name: getattr(template, name) for name in _NAMES}
    return kept | {"event": AlertEvent(template.event)}
