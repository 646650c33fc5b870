"""Who must be told what and when, from the script and the rules of docs/guide/alerting.md alone.

Nothing here reads the code under test. Where two things happen so close to each other that either
may come first, the rules leave open what is told: such a script is refused, and drawn anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.week.script import (
    FLAP_CHANGES,
    FLAP_WINDOW,
    STEP_WAIT,
    Kind,
    Script,
    Span,
    Watch,
)

SLACK = 360
"""How long after its cause a message may arrive: confirmation, lease, outage of the database."""
BACKOFF = 1080 + SLACK
"""How long after a provider came back: the longest wait between two attempts, 15 min and a fifth."""
_MARGIN = SLACK + 60


class TooCloseError(Exception):
    """The rules leave open which of two things comes first."""


@dataclass(frozen=True, slots=True)
class Expected:
    event: str
    earliest: float
    latest: float
    outage: float
    """When it began: the messages of one outage come in order."""


def expected(script: Script, watch: Watch, channel: str, *, is_second: bool) -> list[Expected]:
    """Say what a channel of this kind hears of a monitor, in order.

    `is_second` asks for the person whom the escalation reaches, and nobody else tells.
    """
    if watch.flaps:
        return [] if is_second else list(_flapping(watch.down))
    mute = script.spans(Kind.PROVIDER, channel)
    return [
        message
        for truth, outage in _believed(script, watch)
        if (notified := _told_at(script, watch, truth, outage, is_second=is_second)) is not None
        for message in _messages(outage, notified, mute)
    ]


def _before(one: float, other: float) -> bool:
    if abs(one - other) < _MARGIN:
        raise TooCloseError
    return one < other


def _within(moment: float, span: Span) -> bool:
    """Tell of what begins with a span that it is within, and of what begins with its end that it is not."""
    if moment == span.start:
        return True
    if moment == span.end:
        return False
    return _before(span.start, moment) and _before(moment, span.end)


def _among(moment: float, spans: Sequence[Span]) -> Span | None:
    return next((span for span in spans if _within(moment, span)), None)


def _believed(script: Script, watch: Watch) -> Iterator[tuple[Span, Span]]:
    """Yield each outage with what can be seen of it: what happens unseen is noticed afterwards."""
    blind = script.spans(Kind.RESOLVER)
    for truth in watch.down:
        begins, ends = (
            moment if (span := _among(moment, blind)) is None else span.end for moment in truth
        )
        if begins < ends:
            _before(begins, ends)
            yield truth, Span(begins, ends)


def _told_at(
    script: Script, watch: Watch, truth: Span, outage: Span, *, is_second: bool
) -> float | None:
    first = _first_told_at(script, watch, outage)
    if not is_second or first is None or not watch.escalates:
        return None if is_second else first
    if truth in watch.acknowledged:
        # Nobody can take care of what is not known yet.
        if not _before(outage.start, watch.acknowledged[truth]):
            raise TooCloseError
        return None
    then = first + STEP_WAIT
    return then if _before(then, outage.end) else None


def _first_told_at(script: Script, watch: Watch, outage: Span) -> float | None:
    """Return when telling begins: with the outage, or when what holds it back is over."""
    holds = list(watch.windows)
    if watch.parent is not None:
        holds += [seen for _, seen in _believed(script, watch.parent)]
    moment: float = outage.start
    while (hold := _among(moment, holds)) is not None:
        moment = hold.end
        if outage.end == moment or _before(outage.end, moment):
            return None
    return moment


def _messages(outage: Span, notified: float, mute: Sequence[Span]) -> Iterator[Expected]:
    silence = _among(notified, mute)
    if silence is None:
        yield Expected("down", notified, notified + SLACK, outage.start)
        yield _end(outage, mute)
    elif _before(outage.end, silence.end):
        yield Expected("missed", silence.end, silence.end + BACKOFF, outage.start)
    elif _before(silence.end + BACKOFF, outage.end):
        yield Expected("down", silence.end, silence.end + BACKOFF, outage.start)
        yield _end(outage, mute)
    else:
        raise TooCloseError


def _end(outage: Span, mute: Sequence[Span]) -> Expected:
    silence = _among(outage.end, mute)
    if silence is None:
        return Expected("up", outage.end, outage.end + SLACK, outage.start)
    return Expected("up", silence.end, silence.end + BACKOFF, outage.start)


def _flapping(down: Sequence[Span]) -> Iterator[Expected]:
    """Tell each change until there were too many in the window; then only what is owed, and both ends."""
    changes: list[int] = []
    since: list[int] = []
    is_told = False
    for moment, event in (
        (at, name) for each in down for at, name in zip(each, ("down", "up"), strict=True)
    ):
        if since and (quiet := _quiet_at(changes)) < moment:
            yield Expected("stable", quiet, quiet + SLACK, down[0].start)
            since.clear()
        changes.append(moment)
        too_many = sum(moment - FLAP_WINDOW < each for each in changes) > FLAP_CHANGES
        is_owed = event == "up" and is_told
        is_told = event == "down" and not since and not too_many
        if is_owed or is_told:
            yield Expected(event, moment, moment + SLACK, down[0].start)
        if too_many and not since:
            since.append(moment)
            yield Expected("flapping", moment, moment + SLACK, down[0].start)
    if since:
        quiet = _quiet_at(changes)
        yield Expected("stable", quiet, quiet + SLACK, down[0].start)


def _quiet_at(changes: Sequence[int]) -> int:
    """Return when at most half as many changes as make it flap are left in the window."""
    return changes[-(FLAP_CHANGES // 2 + 1)] + FLAP_WINDOW
