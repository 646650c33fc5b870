"""One monitor of a good run, and ways to change a part of it: what the tests of the rules begin with."""

from dataclasses import replace

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import (
    Figures,
    Message,
    Outage,
    Request,
    Row,
    Site,
    Span,
    Stretch,
    Watched,
)
from tests.faults.rows import expected_slots

MAIL, TEXT = ("email", "ann@example.test"), ("sms", "+4915550100")
SITE = Site(outages=(Span(1050, 1100),))
STRETCH = Stretch(phase=2, interval=5, from_slot=1000, until_slot=1200)
LATENESS = 0.2


def row(slot: int, outcome: Outcome, lateness: float = LATENESS) -> Row:
    return Row(slot, outcome, 0 if outcome is Outcome.UNKNOWN else lateness)


def rows() -> tuple[Row, ...]:
    """Return what a punctual worker would record."""
    return tuple(
        row(slot, Outcome.DOWN if 1050 <= slot < 1100 else Outcome.UP)
        for slot in expected_slots(STRETCH)
    )


def requests(*rows: Row) -> tuple[Request, ...]:
    """Return what the site saw of these rows."""
    return tuple(
        Request(each.began + 0.05, each.outcome is not Outcome.DOWN)
        for each in rows
        if each.is_known
    )


def messages(*events: str, channel: tuple[str, str] = MAIL) -> tuple[Message, ...]:
    return tuple(
        Message(1060 + number, *channel, event, f"{channel[0]}-{number}")
        for number, event in enumerate(events)
    )


GOOD = Watched(
    name="Shop",
    site=SITE,
    span=STRETCH,
    timeout=4,
    rows=rows(),
    requests=requests(*rows()),
    figures=Figures(up=148, down=50, unknown=0),
    outages=(Outage(1052, 1102),),
    messages=(*messages("down", "up"), *messages("down", "up", channel=TEXT)),
)


def with_rows(*changed: Row, watched: Watched = GOOD) -> Watched:
    """Put other rows in the place of those with their slots; the site saw what it saw."""
    slots = {each.slot for each in changed}
    kept = (each for each in watched.rows if each.slot not in slots)
    return replace(watched, rows=tuple(sorted((*kept, *changed))))


def without_request(slot: int, watched: Watched = GOOD) -> Watched:
    """Take away what the site saw of a slot."""
    kept = (each for each in watched.requests if not slot <= each.at < slot + 1)
    return replace(watched, requests=tuple(kept))


def unseen(*slots: int, watched: Watched = GOOD) -> Watched:
    """Let nobody have checked in these slots, and say so everywhere."""
    for slot in slots:
        watched = without_request(slot, watched)
    unknown = with_rows(*[row(slot, Outcome.UNKNOWN) for slot in slots], watched=watched)
    return replace(unknown, blind=tuple(Span(slot, slot + 5) for slot in slots))
