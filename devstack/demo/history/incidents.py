"""The incidents of the demo, what was done about each, and who was notified."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from devstack.demo.history import messages
from devstack.demo.history.messages import Handled, Step
from devstack.demo.history.placing import Placed, PlacedOutage
from devstack.demo.organization import SECOND_STEP, Shop
from devstack.demo.story.past import Story
from models import Contact, Incident, IncidentNote
from models.incident import Resolution
from models.incident_note import NoteKind


def write(session: Session, story: Story, shop: Shop, placed: Sequence[Placed]) -> None:
    """Write the incidents of all monitors in the order of their time."""
    happened = sorted(
        ((outage, each) for each in placed for outage in each.outages),
        key=lambda pair: pair[0].confirmed,
    )
    handled = [_handled(each, outage, shop, story.now) for outage, each in happened]
    session.add_all(each.incident for each in handled)
    session.flush()
    for each in handled:
        session.add_all(_notes(each))
    messages.write(session, handled)


def _handled(placed: Placed, outage: PlacedOutage, shop: Shop, now: datetime) -> Handled:
    steps, coming = _steps(placed, outage, shop, now)
    story = outage.outage
    taken = story.acknowledged_at is not None
    ended_at = None if outage.end is None else _moment(outage.end)
    incident = Incident(
        organization_id=shop.id,
        monitor_id=placed.monitor.id,
        severity=story.severity,
        started_at=_moment(outage.start),
        confirmed_at=_moment(outage.confirmed),
        ended_at=ended_at,
        resolution=None if ended_at is None else Resolution.RECOVERED,
        cause=story.failure.cause,
        detail=story.failure.detail,
        notified_at=_moment(outage.confirmed),
        step=len(steps) if placed.watched.is_urgent else 0,
        step_at=coming,
        next_at=coming,
        acknowledged_at=story.acknowledged_at,
        acknowledged_by=steps[0].people[0].name if taken else None,
    )
    return Handled(incident, steps, story.note)


def _steps(
    placed: Placed, outage: PlacedOutage, shop: Shop, now: datetime
) -> tuple[Sequence[Step], datetime | None]:
    """Return the steps that were taken, and when the next one is due in an open incident."""
    first = _moment(outage.confirmed)
    if not placed.watched.is_urgent:
        return [Step(first, [shop.desk])], None
    steps = [Step(first, [_on_duty(shop, first)], 1)]
    second = first + SECOND_STEP
    acknowledged_at = outage.outage.acknowledged_at
    if acknowledged_at is not None and acknowledged_at < second:
        return steps, None
    if second > now and outage.end is None:
        return steps, second
    if second < (now if outage.end is None else _moment(outage.end)):
        steps.append(Step(second, [shop.desk], 2))
    return steps, None


def _on_duty(shop: Shop, moment: datetime) -> Contact:
    shift = next((each for each in shop.shifts if each.start <= moment < each.end), shop.shifts[-1])
    return shop.desk if shift.contact_id is None else shop.people[shift.contact_id]


def _notes(handled: Handled) -> Iterator[IncidentNote]:
    """Yield the entries of the timeline in the order of their time."""
    incident = handled.incident
    found = [
        _note(incident, NoteKind.NOTIFIED, step.at, facts=_notified(step)) for step in handled.steps
    ]
    if incident.acknowledged_at is not None:
        found.append(
            _note(
                incident,
                NoteKind.ACKNOWLEDGED,
                incident.acknowledged_at,
                by=incident.acknowledged_by,
                words=handled.note,
            )
        )
    yield from sorted(found, key=lambda each: each.at)


def _notified(step: Step) -> dict[str, object]:
    names: dict[str, object] = {"contacts": [each.name for each in step.people]}
    return names if step.number is None else {"step": step.number, "repetition": 0, **names}


def _note(
    incident: Incident,
    kind: NoteKind,
    at: datetime,
    *,
    by: str | None = None,
    words: str = "",
    facts: dict[str, object] | None = None,
) -> IncidentNote:
    return IncidentNote(
        organization_id=incident.organization_id,
        incident_id=incident.id,
        kind=kind,
        at=at,
        by=by,
        words=words,
        facts=facts or {},
    )


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
