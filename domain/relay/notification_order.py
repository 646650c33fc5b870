"""The order in which one address is notified of an outage, and which messages are superseded.

Each address receives the opening first, then updates, then the end. If the opening was not sent
before the end, one message reports both. A superseded message is left out, unless it may have
arrived already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from domain.alerting.alert import ENDS, OF_STABILITY, OPENINGS, AlertEvent


class Stage(Enum):
    """The progress of a message: due or postponed, being sent, or finished."""

    DUE = auto()
    POSTPONED = auto()
    IN_HAND = auto()
    NOTIFIED = auto()
    LOST = auto()


_COMING = frozenset({Stage.DUE, Stage.POSTPONED})
_OPEN = _COMING | {Stage.IN_HAND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message about an outage to one address; ids grow in the order of writing."""

    id: int
    event: AlertEvent
    stage: Stage
    written_at: datetime
    notified_at: datetime | None = None
    is_tried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The message to send now, if any, the messages merged into it, and those to cancel.

    If all are empty, the message waits for the one that `awaits` names.
    """

    send: int | None = None
    merge: tuple[int, ...] = ()
    cancel: tuple[int, ...] = ()
    awaits: int | None = field(default=None, compare=False)


def decide(story: Sequence[Message], asked: int, *, is_stale: bool = False) -> Decision:
    """Decide about the message `asked`, which is due.

    `story` has all messages of the outage, in the order of their ids. `is_stale` marks a follow-up
    that has become pointless.
    """
    this = next(message for message in story if message.id == asked)
    if this.event in OPENINGS:
        return _opening(story, this)
    if this.event in ENDS:
        return _end(story, this)
    if this.event in OF_STABILITY:
        return _stability(story, this)
    return Decision(cancel=(asked,)) if is_stale else _follow_up(story, this)


def _opening(story: Sequence[Message], this: Message) -> Decision:
    later = [each for each in story if each.id > this.id]
    ends = [each for each in later if each.event in ENDS]
    if any(end.stage is Stage.NOTIFIED for end in ends):
        return Decision(cancel=(this.id,))
    coming_end = next((end for end in ends if end.stage in _OPEN), None)
    if coming_end is not None:
        return _end(story, coming_end)
    if any(each.event in OPENINGS and each.stage is not Stage.LOST for each in later):
        return Decision(cancel=(this.id,))
    earlier = _openings(story, before=this)
    going = _first(earlier, Stage.IN_HAND)
    if going is not None:
        return _wait_for(going)
    return Decision(send=this.id, cancel=_ids(earlier, _COMING))


def _end(story: Sequence[Message], end: Message) -> Decision:
    openings = _openings(story, before=end)
    if end.stage is not Stage.DUE:
        return _wait_for(end)
    going = _first(openings, Stage.IN_HAND)
    if going is not None:
        return _wait_for(going)
    coming = _ids(openings, _COMING)
    if _first(openings, Stage.NOTIFIED) is not None:
        return Decision(send=end.id, cancel=coming)
    postponed = _first(openings, Stage.POSTPONED)
    if postponed is not None:
        return _wait_for(postponed)
    return Decision(send=end.id, merge=coming) if coming else Decision(cancel=(end.id,))


def _follow_up(story: Sequence[Message], this: Message) -> Decision:
    openings = _openings(story, before=this)
    overtaken = any(
        each.id > this.id
        and each.stage is not Stage.LOST
        and (each.event in ENDS or each.event is this.event)
        for each in story
    )
    repeats = this.event is AlertEvent.REMINDER and any(
        each.notified_at is not None and each.notified_at > this.written_at for each in openings
    )
    if overtaken or repeats:
        return Decision(cancel=(this.id,))
    going = _first(openings, Stage.IN_HAND)
    if going is not None:
        return _wait_for(going)
    if _first(openings, Stage.NOTIFIED) is not None:
        return Decision(send=this.id)
    coming = _first(openings, *_COMING)
    return Decision(cancel=(this.id,)) if coming is None else _wait_for(coming)


def _stability(story: Sequence[Message], this: Message) -> Decision:
    """Decide about a *flapping* or *stable* message. Only one of them is in progress at a time."""
    others = [each for each in story if each.id != this.id]
    later = [each for each in others if each.id > this.id]
    if _first(later, Stage.NOTIFIED) is not None:
        return Decision(cancel=(this.id,))
    going = _first(others, Stage.IN_HAND)
    if going is not None:
        return _wait_for(going)
    if this.event is AlertEvent.FLAPPING:
        return _flapping(later, this)
    return _stable([each for each in others if each.id < this.id], this)


def _flapping(later: Sequence[Message], this: Message) -> Decision:
    over = _ids([each for each in later if each.event is AlertEvent.STABLE], _COMING)
    if over and not this.is_tried:
        return Decision(cancel=(this.id, *over))
    return Decision(send=this.id)


def _stable(before: Sequence[Message], this: Message) -> Decision:
    unstable = [each for each in before if each.event is AlertEvent.FLAPPING]
    if unstable and unstable[-1].stage in _COMING:
        return _wait_for(unstable[-1])
    known = [each for each in before if each.stage is Stage.NOTIFIED]
    is_known = bool(known) and known[-1].event is AlertEvent.FLAPPING
    return Decision(send=this.id) if is_known else Decision(cancel=(this.id,))


def _openings(story: Sequence[Message], *, before: Message) -> list[Message]:
    return [each for each in story if each.id < before.id and each.event in OPENINGS]


def _first(messages: Sequence[Message], *stages: Stage) -> Message | None:
    return next((each for each in messages if each.stage in stages), None)


def _wait_for(message: Message) -> Decision:
    return Decision(awaits=message.id)


def _ids(messages: Sequence[Message], stages: frozenset[Stage]) -> tuple[int, ...]:
    return tuple(each.id for each in messages if each.stage in stages)
