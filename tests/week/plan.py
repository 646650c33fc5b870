"""Draws a week: sites that go down in every way that a rule speaks of, and faults of our own among it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from tests.week.oracle import TooCloseError, expected
from tests.week.script import DAY, HOUR, Fault, Kind, Script, Span, Watch

CHANNELS = ("email", "sms")
TEAM = 20
"""Monitors of one team: a router, what is behind it, one that flaps, and the rest."""
_BEHIND = 4
_MINUTE = 60
_QUIET = 2 * HOUR
"""At the beginning and at the end nothing is down, so that everything comes to an end."""
_BURST = 12


@dataclass(frozen=True, slots=True)
class _Chances:
    """How many outages a monitor has on average, in so many seconds."""

    random: Random
    seconds: int
    outages: float

    def count(self) -> int:
        """Round so that the average is right."""
        return int(self.outages + self.random.random())

    def moment(self) -> int:
        return self.random.randrange(_QUIET, self.seconds - 3 * _QUIET)


def script(random: Random, *, monitors: int, seconds: int, outages: float) -> Script:
    """Draw one: `outages` is how many a monitor has on average."""
    chances = _Chances(random, seconds, outages)
    lasting = list(_lasting(random, seconds))
    watches = list(_watches(monitors))
    made = Script(seconds, watches, lasting)
    for watch in watches:
        _fill(made, watch, chances)
    _bursts(made, chances)
    return Script(seconds, watches, [*lasting, *_sudden(random, watches, seconds)])


def _lasting(random: Random, seconds: int) -> Iterator[Fault]:
    """Let name resolution and providers fail now and then, far from each other."""
    at = _QUIET
    turn = 0
    while (at := at + random.randrange(3 * HOUR, 7 * HOUR)) < seconds - 4 * _QUIET:
        match turn % 3:
            case 0:
                lasts = random.randrange(15, 30) * _MINUTE
                yield Fault(Kind.RESOLVER, Span(at, at + lasts))
            case kind:
                lasts = random.randrange(60, 240) * _MINUTE
                yield Fault(Kind.PROVIDER, Span(at, at + lasts), CHANNELS[kind - 1])
        at += lasts
        turn += 1


def _sudden(random: Random, watches: list[Watch], seconds: int) -> Iterator[Fault]:
    """Aim what lasts a minute, or only a moment, at changes of sites: that is when there is something to lose."""
    changes = sorted(moment for watch in watches for span in watch.down for moment in span)
    often = {Kind.DATABASE: 60, Kind.REDIS: 20}
    for kind in (Kind.DATABASE, Kind.REDIS, *list(Kind)[4:]):
        count = max(2, seconds // DAY * 3) if kind in often else max(6, len(changes) // 20)
        for moment in random.sample(changes, min(count, len(changes))):
            at = moment + random.randrange(0, 90)
            yield Fault(kind, Span(at, at + often.get(kind, 0)))


def _watches(count: int) -> Iterator[Watch]:
    router: Watch | None = None
    for number in range(count):
        team, place = divmod(number, TEAM)
        watch = Watch(f"Site {number:04}", team, recoveries=1 + number % 2)
        if place == 0:
            router = watch
            watch.leads = True
        elif place <= _BEHIND:
            watch.parent = router
        elif place == _BEHIND + 1:
            watch.flaps, watch.recoveries = True, 1
        else:
            watch.escalates = number % 3 == 0
        yield watch


def _fill(made: Script, watch: Watch, chances: _Chances) -> None:
    if watch.flaps:
        _try(made, watch, lambda: _flap(watch, chances))
        return
    if watch.name.endswith(("7", "8")) and not watch.escalates:
        for _ in range(1 + chances.count()):
            _try(made, watch, lambda: _with_window(watch, chances))
    for _ in range(chances.count()):
        _try(made, watch, lambda: _outage(watch, chances))
    _blips(watch, chances)


def _try(made: Script, watch: Watch, change: Callable[[], None]) -> None:
    """Let something happen to a monitor, unless the rules leave open what comes of it."""
    before = (list(watch.outages), list(watch.windows), dict(watch.acknowledged))
    change()
    if not _is_clear(made, watch):
        watch.outages, watch.windows, watch.acknowledged = before


def _is_clear(made: Script, watch: Watch) -> bool:
    down = watch.down
    # Recoveries and what was said of it need their time, and changes in a row would flap.
    close = any(later.start - earlier.end < HOUR for earlier, later in pairwise(down))
    if close and not watch.flaps:
        return False
    if watch.flaps:
        long = (each.span for each in made.faults)
        return not any(
            span.start - 2 * HOUR < each.start < span.end + 2 * HOUR
            for span in long
            for each in down
        )
    try:
        for channel in CHANNELS:
            for is_second in (False, True):
                expected(made, watch, channel, is_second=is_second)
    except TooCloseError:
        return False
    return True


def _outage(watch: Watch, chances: _Chances) -> None:
    random = chances.random
    start = chances.moment()
    longest = [] if watch.leads else [random.randrange(60, 120), 240]
    minutes = random.choice([random.randrange(15, 23), random.randrange(40, 60), *longest])
    span = Span(start, start + minutes * _MINUTE)
    watch.outages.append(span)
    if watch.escalates and random.random() < 0.4:
        watch.acknowledged[span] = start + 10 * _MINUTE


def _with_window(watch: Watch, chances: _Chances) -> None:
    """Plan work, and let the site go down before it, in it, or over its end."""
    random = chances.random
    start = chances.moment()
    window = Span(start, start + random.randrange(60, 120) * _MINUTE)
    watch.windows.append(window)
    begins = random.choice([window.start - 20 * _MINUTE, window.start + 15 * _MINUTE])
    ends = random.choice([window.end - 15 * _MINUTE, window.end + 25 * _MINUTE])
    watch.outages.append(Span(begins, ends))


def _flap(watch: Watch, chances: _Chances) -> None:
    start = chances.moment()
    phase = 5 * _MINUTE
    watch.outages += [
        Span(start + 2 * phase * number, start + 2 * phase * number + phase)
        for number in range(chances.random.randrange(2, 6))
    ]


def _blips(watch: Watch, chances: _Chances) -> None:
    for _ in range(2):
        at = chances.moment()
        if not any(span.start - HOUR < at < span.end + HOUR for span in watch.down):
            watch.blips.add(at // _MINUTE)


def _bursts(made: Script, chances: _Chances) -> None:
    """Let many go down in the same second: once at any time, and once while a provider is down."""
    silences = [each.span for each in made.faults if each.kind is Kind.PROVIDER]
    _burst(made, chances.moment)
    if silences:
        silence = chances.random.choice(silences)
        _burst(made, lambda: chances.random.randrange(*silence))


def _burst(made: Script, moment: Callable[[], int]) -> None:
    """Let many monitors of the first team go down in the same second."""
    alone = [each for each in made.watches[1:TEAM] if not each.parent and not each.flaps]
    for _ in range(50):
        start = moment()
        span = Span(start, start + 20 * _MINUTE)
        hit = [each for each in alone if _takes(made, each, span)]
        if len(hit) >= _BURST:
            for each in hit:
                each.outages.append(span)
                each.blips.clear()
            return


def _takes(made: Script, watch: Watch, span: Span) -> bool:
    watch.outages.append(span)
    clear = _is_clear(made, watch) and span in watch.down
    watch.outages.remove(span)
    return clear


def seeded(seed: int) -> Random:
    return Random(seed)
