"""Rules about time that nobody saw: it is unknown, and all who tell of it agree to the second."""

from collections.abc import Iterable, Iterator

from tests.faults.evidence import Figures, Span, Watched
from tests.faults.promises import SLACK, tolerance
from tests.faults.rows import expected_slots, unknown_seconds


def unseen(watched: Watched) -> Iterator[str]:
    """Require that an outage into which no request fell is unknown from its first slot on.

    The last slots of it may have been checked after it, as late as a check may be.
    """
    unknown = unknown_seconds(watched)
    for outage in watched.site.outages:
        if any(outage.contains(request.at) for request in watched.requests):
            continue
        last = outage.end - tolerance(watched.interval) - SLACK
        hidden = {
            slot for slot in expected_slots(watched.span) if outage.start <= slot < last
        } - unknown
        if hidden:
            yield (
                f"nobody saw the outage from {outage.start:.0f} to {outage.end:.0f}, "
                f"but slots {min(hidden)} to {max(hidden)} are known"
            )


def spans(watched: Watched) -> Iterator[str]:
    """Require that the blind spans are the time of the unknown rows."""
    rows, spanned = unknown_seconds(watched), _seconds(watched.blind) & _watched(watched)
    if rows - spanned:
        yield f"{_shown(rows - spanned)} unknown by the rows alone"
    if spanned - rows:
        yield f"{_shown(spanned - rows)} unknown by the blind spans alone"


def figures(watched: Watched) -> Iterator[str]:
    """Require that uptime is the time of the incidents and of the unknown rows, and up the rest."""
    all_of_it, unknown = _watched(watched), unknown_seconds(watched)
    until = watched.span.until_slot
    failed = _seconds(
        Span(each.started, until if each.ended is None else each.ended) for each in watched.outages
    )
    down = (failed & all_of_it) - unknown
    right = Figures(len(all_of_it - down - unknown), len(down), len(unknown))
    # The end of the schedule is the second after the pause: who asks at once asks before it.
    if any(abs(ours - seen) >= 1 for ours, seen in zip(watched.figures, right, strict=True)):
        yield f"uptime is {_listed(watched.figures)}; by rows and incidents {_listed(right)}"


def _watched(watched: Watched) -> set[int]:
    first = next(iter(expected_slots(watched.span)), watched.span.until_slot)
    return set(range(first, watched.span.until_slot))


def _seconds(spans: Iterable[Span]) -> set[int]:
    return {second for span in spans for second in range(int(span.start), int(span.end))}


def _shown(seconds: set[int]) -> str:
    return f"{len(seconds)} s from {min(seconds)} to {max(seconds) + 1} are"


def _listed(figures: Figures) -> str:
    return ", ".join(f"{name} {seconds:g}" for name, seconds in figures._asdict().items())
