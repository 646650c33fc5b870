"""Compares what arrived with what the oracle says, and counts what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.week.oracle import Expected, expected
from tests.week.organization import first, second
from tests.week.plan import CHANNELS
from tests.week.provider import Provider, Receipt
from tests.week.script import Script

Place = tuple[str, str]
"""An address, and the name of a monitor."""


@dataclass
class Verdict:
    """Each sentence is about one message that is wrong; a good week has none."""

    wanted: int = 0
    arrived: int = 0
    repeats: int = 0
    """Messages that came twice because who sent them was killed before they could write it down."""
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    untimely: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [*self.false_alarms, *self.missed, *self.doubled, *self.untimely]

    def lines(self) -> list[str]:
        repeats = f"of these repeats after a kill {self.repeats}"
        doubled = f"duplicates {len(self.doubled)}, too early or late {len(self.untimely)}"
        return [
            f"messages wanted {self.wanted}, arrived {self.arrived}, {repeats}",
            f"false alarms {len(self.false_alarms)}, missed {len(self.missed)}, {doubled}",
        ]


def judge(script: Script, provider: Provider) -> Verdict:
    verdict = Verdict(arrived=len(provider.receipts))
    once = _without_repeats(provider, verdict)
    wanted = dict(_wanted(script))
    verdict.wanted = sum(map(len, wanted.values()))
    for place in sorted(once.keys() | wanted.keys()):
        _compare(place, wanted.get(place, []), once.get(place, []), verdict)
    return verdict


def _wanted(script: Script) -> Iterator[tuple[Place, list[Expected]]]:
    for watch in script.watches:
        for channel in CHANNELS:
            messages = expected(script, watch, channel, is_second=False)
            yield (first(watch.team, channel), watch.name), messages
        yield (second(watch.team), watch.name), expected(script, watch, "email", is_second=True)


def _without_repeats(provider: Provider, verdict: Verdict) -> Mapping[Place, Sequence[Receipt]]:
    """Take each message once; a repeat is wrong unless the script made it necessary."""
    allowed = Counter(provider.unmarked)
    seen: set[str] = set()
    once: dict[Place, list[Receipt]] = defaultdict(list)
    for receipt in provider.receipts:
        if receipt.key not in seen:
            seen.add(receipt.key)
            once[receipt.address, receipt.name].append(receipt)
        elif allowed[receipt.key]:
            allowed[receipt.key] -= 1
            verdict.repeats += 1
        else:
            verdict.doubled.append(_say(receipt))
    return once


def _compare(
    place: Place, wanted: Sequence[Expected], got: Sequence[Receipt], verdict: Verdict
) -> None:
    """Match what arrived with what was wanted, each once; those of one outage must be in order."""
    wanted = _as_begun(wanted, got)
    matched = _matched(wanted, got)
    for number, each in enumerate(wanted):
        if number not in matched:
            verdict.missed.append(f"{place}: {each} among {[_say(receipt) for receipt in got]}")
            continue
        at = got[matched[number]].at
        before = [
            matched[earlier]
            for earlier in range(number)
            if earlier in matched and wanted[earlier].outage == each.outage
        ]
        if not each.earliest <= at <= each.latest or max(before, default=-1) > matched[number]:
            verdict.untimely.append(f"{_say(got[matched[number]])}, wanted {each}")
    found = set(matched.values())
    verdict.false_alarms += [_say(each) for at, each in enumerate(got) if at not in found]


def _as_begun(wanted: Sequence[Expected], got: Sequence[Receipt]) -> Sequence[Expected]:
    """Want two messages where one, `missed`, is too late: a digest that was tried keeps its members.

    The beginning may have arrived with the first attempt, so it goes again, and the end follows.
    """
    told = list(wanted)
    for each in wanted:
        if each.event != "missed":
            continue
        begun = [
            receipt
            for receipt in got
            if receipt.event == "down" and each.earliest <= receipt.at <= each.latest
        ]
        owed = sum(
            other.event == "down"
            and other.earliest <= each.latest
            and each.earliest <= other.latest
            for other in told
        )
        if len(begun) > owed and any(receipt.in_digest for receipt in begun):
            at = told.index(each)
            told[at : at + 1] = [replace(each, event="down"), replace(each, event="up")]
    return told


def _matched(wanted: Sequence[Expected], got: Sequence[Receipt]) -> dict[int, int]:
    """Give the place in `got` of each place in `wanted`: first what is in time, then what nearly is."""
    matched: dict[int, int] = {}
    for leeway in (0.0, 1.0):
        for place, receipt in enumerate(got):
            fitting = [
                number
                for number, each in enumerate(wanted)
                if number not in matched and _fits(each, receipt, leeway)
            ]
            if fitting and place not in matched.values():
                matched[min(fitting, key=lambda number: wanted[number].latest)] = place
    return matched


def _fits(wanted: Expected, receipt: Receipt, leeway: float) -> bool:
    early = late = leeway * (wanted.latest - wanted.earliest)
    return (
        wanted.event == receipt.event
        and wanted.earliest - early <= receipt.at <= wanted.latest + late
    )


def _say(receipt: Receipt) -> str:
    return f"{receipt.address} was told `{receipt.event}` of {receipt.name} at {receipt.at:.0f}"
