"""Renders an alert with the organization's templates for its kind of channel."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import IN_OUR_WORDS, Alert
from models import Delivery, MessageTemplate

_TELLS_PARTS = frozenset({channel_kind.PAGERDUTY})
"""The kinds that send each message of a digest by itself."""
_PARTS = ("subject", "text", "html", "body")

Sources = Mapping[str, Mapping[str, str]]


def in_own_words(session: Session, delivery: Delivery, alert: Alert) -> Alert:
    """Render the parts with a template; a part that fails keeps the default wording."""
    parts = alert.parts if delivery.kind in _TELLS_PARTS else ()
    events = {each.event for each in (alert, *parts)} - IN_OUR_WORDS
    sources = _sources(session, delivery, events) if events else {}
    if not sources:
        return alert
    notified = tuple(_rendered(part, delivery.kind, sources) for part in parts)
    whole = _rendered(alert, delivery.kind, sources)
    # An attempt has one answer, which has to report the problems of the parts too.
    problems = dict.fromkeys(each.rendered.problem for each in (whole, *notified))
    said = replace(whole.rendered, problem=" ".join(filter(None, problems)))
    return replace(whole, rendered=said, parts=notified or alert.parts)


def _sources(session: Session, delivery: Delivery, events: Collection[str]) -> Sources:
    """Return the template parts by event: those of the kind take precedence."""
    rows = session.scalars(
        select(MessageTemplate)
        .where(
            MessageTemplate.organization_id == delivery.organization_id,
            MessageTemplate.event.in_(events),
            or_(MessageTemplate.kind == delivery.kind, MessageTemplate.kind.is_(None)),
        )
        .order_by(MessageTemplate.kind.nulls_first())
        .execution_options(populate_existing=True)
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        parts = {name: getattr(row, name) for name in _PARTS}
        found[row.event] |= {name: source for name, source in parts.items() if source is not None}
    return found


def _rendered(alert: Alert, kind: str, sources: Sources) -> Alert:
    from notifiers.templates import templates  # noqa: PLC0415 - heavy and rarely needed

    return replace(alert, rendered=templates.rendered(kind, sources.get(alert.event, {}), alert))
