"""What must have happened, from the schedules, the scripts of the sites and what they saw alone.

Each rule returns sentences about what is wrong; a good run leaves none. Nothing here reads a clock,
a database or a file.
"""

from collections.abc import Iterator

from tests.faults.blindness import figures, spans, unseen
from tests.faults.evidence import Evidence, Watched
from tests.faults.incidents import outages
from tests.faults.notifying import messages
from tests.faults.probing import bursts, evidence_of_rows, extras
from tests.faults.rows import slots, unknowns


def judge(evidence: Evidence) -> list[str]:
    """Say everything that is wrong with a run."""
    found = [f"{count} {noun} left" for noun, count in evidence.leftovers.items() if count]
    for watched in evidence.watched:
        found += [f"{watched.name}: {sentence}" for sentence in _wrong(watched, evidence)]
    return found


def _wrong(watched: Watched, evidence: Evidence) -> Iterator[str]:
    yield from slots(watched)
    yield from evidence_of_rows(watched)
    yield from unknowns(watched, evidence.lossy)
    yield from bursts(watched, evidence.disturbed)
    yield from extras(watched, evidence.standstills)
    yield from outages(watched, evidence.disturbed, evidence.blips)
    yield from unseen(watched)
    yield from spans(watched)
    yield from figures(watched)
    yield from messages(watched, evidence.channels)
