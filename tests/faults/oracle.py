"""What must have happened, from the schedule and the script of the sites alone.

Each rule returns sentences about what is wrong; a good run leaves none. Nothing here reads a clock,
a database or a file.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from domain.outcome import Outcome
from domain.slots import CLOSE_AGE, TOLERANCE
from tests.faults.evidence import Evidence, Message, Outage, Row, Site, Span, Stretch, Watched

_PUNCTUAL = 10
"""Seconds that a check may be late on a busy machine when nothing was disturbed."""
_LATE = CLOSE_AGE
"""Seconds that a check may be late when something was."""
_FIRST_CHANCE = Span(-1, 3)
"""When a slot is checked, in seconds from it; a message that is lost then is sent once more."""
_SECOND_CHANCE = Span(0, TOLERANCE)


def judge(evidence: Evidence) -> list[str]:
    """Say everything that is wrong with a run."""
    found = [f"{count} {noun} left" for noun, count in evidence.leftovers.items() if count]
    for watched in evidence.watched:
        sentences = (
            *slots(watched),
            *outcomes(watched, evidence.disturbed),
            *unknowns(watched.rows, evidence.lossy),
            *outages(watched, evidence.disturbed),
            *messages(watched, evidence.channels),
        )
        found += [f"{watched.name}: {sentence}" for sentence in sentences]
    return found


def expected_slots(stretch: Stretch) -> set[int]:
    """Find the slots of a stretch second by second."""
    return {
        second
        for second in range(stretch.from_slot, stretch.until_slot)
        if second % stretch.interval == stretch.phase
    }


def slots(watched: Watched) -> Iterator[str]:
    """Every slot has one row, and what is beyond them was asked for by a failing check."""
    expected, counts = expected_slots(watched.stretch), Counter(row.slot for row in watched.rows)
    failing = [row.slot for row in watched.rows if row.outcome is Outcome.DOWN]
    for slot in sorted(expected - set(counts)):
        yield f"slot {slot} has no row"
    for slot, count in sorted(counts.items()):
        if count > 1:
            yield f"slot {slot} has {count} rows"
        if slot not in expected and not any(slot - _LATE <= other < slot for other in failing):
            yield f"slot {slot} was never due"


def outcomes(watched: Watched, disturbed: tuple[Span, ...]) -> Iterator[str]:
    """Compare with what the site did between the slot and the latest that its check may run."""
    for slot, outcome in watched.rows:
        window = Span(slot - 1, slot + lateness(slot, disturbed))
        if outcome is Outcome.DOWN and not could_fail(watched.site, window):
            yield f"slot {slot} is down, though the site was up"
        if outcome in (Outcome.UP, Outcome.DEGRADED) and not could_succeed(watched.site, window):
            yield f"slot {slot} is {outcome}, though the site was down"


def lateness(slot: float, disturbed: tuple[Span, ...]) -> float:
    near = Span(slot - _PUNCTUAL, slot + _PUNCTUAL)
    return _LATE if any(fault.touches(near) for fault in disturbed) else _PUNCTUAL


def could_fail(site: Site, window: Span) -> bool:
    return site.blip_every > 0 or any(outage.touches(window) for outage in site.outages)


def could_succeed(site: Site, window: Span) -> bool:
    return not any(outage.covers(window) for outage in site.outages)


def unknowns(rows: tuple[Row, ...], lossy: tuple[Span, ...]) -> Iterator[str]:
    """Accept an unknown only if faults met both times when its check was to be made."""
    for slot, outcome in rows:
        if outcome is Outcome.UNKNOWN and not _both_chances_met(slot, lossy):
            yield f"slot {slot} is unknown, and no fault explains it"


def _both_chances_met(slot: int, lossy: tuple[Span, ...]) -> bool:
    return all(
        any(fault.touches(Span(slot + chance.start, slot + chance.end)) for fault in lossy)
        for chance in (_FIRST_CHANCE, _SECOND_CHANCE)
    )


def outages(watched: Watched, disturbed: tuple[Span, ...]) -> Iterator[str]:
    """There is one incident for each outage of the script, at its time, and no other."""
    counts = len(watched.outages), len(watched.site.outages)
    if counts[0] != counts[1]:
        yield f"{counts[0]} incidents of {counts[1]} outages: {watched.outages}"
        return
    for found, scripted in zip(sorted(watched.outages), watched.site.outages, strict=True):
        yield from _outage(found, scripted, watched.stretch.interval, disturbed)


def _outage(
    found: Outage, scripted: Span, interval: int, disturbed: tuple[Span, ...]
) -> Iterator[str]:
    if not _near(found.started, scripted.start, interval, disturbed):
        yield f"the incident began at {found.started:.0f}, the outage at {scripted.start:.0f}"
    if found.ended is None:
        yield f"the incident of {found.started:.0f} never ended"
    elif not _near(found.ended, scripted.end, interval, disturbed):
        yield f"the incident ended at {found.ended:.0f}, the outage at {scripted.end:.0f}"


def _near(slot: float, moment: float, interval: int, disturbed: tuple[Span, ...]) -> bool:
    """Allow for late checks: they are filed under their slot, so a change may show too early."""
    early, late = lateness(slot, disturbed), lateness(moment, disturbed)
    return moment - max(early, late) <= slot <= moment + interval + late


def messages(watched: Watched, channels: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Each channel hears of each outage once, then of its end, in order; repeats keep their key.

    One message may tell of both, also where the first one arrived and nobody could write that down.
    """
    expected = ["down", "up"] * len(watched.site.outages)
    heard: dict[tuple[str, str], dict[str, Message]] = {channel: {} for channel in channels}
    for message in sorted(watched.messages):
        known = heard.setdefault((message.kind, message.address), {})
        first = known.setdefault(message.key, message)
        if first.event != message.event:
            yield f"{message.address} got {first.event} and {message.event} under one key"
    for (kind, address), known in heard.items():
        events = in_full([message.event for message in known.values()])
        if events != (expected if (kind, address) in channels else []):
            yield f"{kind} {address} heard {events}, expected {expected}"


def in_full(events: Sequence[str]) -> list[str]:
    """Say `missed` as what it tells: the end, and before it the beginning if that was not told."""
    full: list[str] = []
    for event in events:
        if event != "missed":
            full.append(event)
        else:
            full += ["up"] if full[-1:] == ["down"] else ["down", "up"]
    return full
