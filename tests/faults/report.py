"""A run as a table: what was done to the system, and what it made of it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Evidence
from tests.faults.rows import expected_slots
from tests.faults.run import Run


def lines(run: Run) -> Iterator[str]:
    """Yield the faults in order, then the figures."""
    first = min((each.span.start for each in run.faults), default=0)
    for each in sorted(run.faults, key=lambda each: each.span.start):
        lasted = each.span.end - each.span.start
        yield (
            f"{each.span.start - first:7.1f} s  {each.fault.process:24} {each.fault.kind:8}"
            + (f" {lasted:5.1f} s" if each.fault.seconds else "")
        )
    yield ""
    for noun, figure in figures(run.evidence).items():
        yield f"{noun:40} {figure}"


def story(evidence: Evidence, wrong: Iterable[str]) -> Iterator[str]:
    """Yield all that is known of the monitors that something is wrong with."""
    names = {sentence.partition(":")[0] for sentence in wrong}
    for watched in evidence.watched:
        if watched.name in names:
            yield f"{watched.name}, every {watched.interval} s, recheck after {watched.site.recheck} s"
            yield f"  outages of the site: {[*map(tuple, watched.site.outages)]}"
            yield f"  incidents: {[*map(tuple, watched.outages)]}"
            yield f"  blind: {[*map(tuple, watched.blind)]}"
            asked = [f"{each.at:.2f}{'+' if each.is_good else '-'}" for each in watched.requests]
            yield f"  requests: {' '.join(asked)}"
            rows = [f"{row.slot}+{row.lateness:.2f} {row.outcome}" for row in sorted(watched.rows)]
            yield f"  rows: {', '.join(rows)}"


def figures(evidence: Evidence) -> dict[str, str]:
    outcomes = Counter(row.outcome for each in evidence.watched for row in each.rows)
    slots = sum(len(expected_slots(each.span)) for each in evidence.watched)
    messages = [message for each in evidence.watched for message in each.messages]
    delays = sorted(_detection(evidence))
    return {
        "monitors": str(len(evidence.watched)),
        "slots": str(slots),
        "rows beyond slots (rechecks)": str(outcomes.total() - slots),
        **{f"rows {outcome}": str(outcomes[outcome]) for outcome in Outcome},
        "requests": str(sum(len(each.requests) for each in evidence.watched)),
        "lateness of a known row, at most": f"{max(_lateness(evidence), default=0):.1f} s",
        "outages": str(sum(len(each.site.outages) for each in evidence.watched)),
        "incidents": str(sum(len(each.outages) for each in evidence.watched)),
        "messages, and repeats among them": (
            f"{len(messages)}, {len(messages) - len({message.key for message in messages})}"
        ),
        "outage to first message, median and longest": (
            f"{delays[len(delays) // 2]:.1f} s, {delays[-1]:.1f} s" if delays else "none"
        ),
    }


def _lateness(evidence: Evidence) -> Iterator[float]:
    return (row.lateness for watched in evidence.watched for row in watched.rows)


def _detection(evidence: Evidence) -> Iterator[float]:
    """Yield how long each site was down before the first message said so."""
    for watched in evidence.watched:
        notified = [message.at for message in watched.messages if message.event == "down"]
        for outage in watched.site.outages:
            later = [at - outage.start for at in notified if at >= outage.start]
            if later:
                yield min(later)
