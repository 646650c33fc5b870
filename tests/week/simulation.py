"""A week in minutes: what happens is done by the real services on a real Postgres, at times by argument.

Checks that would change nothing are left out: a site is looked at around each change, whenever the
system asks for it, and while our own name resolution is dead.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from math import ceil

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.outcome import Cause, Outcome
from domain.slots import next_slot, phase_of
from models import Incident, Recheck
from notifiers.base import NotifierError
from probes.base import ProbeResult
from services import (
    acknowledgements,
    alerting_sweep,
    checks,
    delivery_claims,
    delivery_marks,
    flapping,
    maintenance_spans,
)
from services.acknowledgements import Actor
from services.delivery_claims import Claimed
from services.delivery_rules import Rules
from services.results import Observed
from tests.alerting.due import next_moment
from tests.week.organization import BEGINNING, Teams, first, moment
from tests.week.plan import CHANNELS
from tests.week.provider import Provider
from tests.week.script import DAY, INTERVAL, Kind, Script, Span, Watch

RULES = Rules(public_url="https://downtime.test")
_SWEEP_EVERY = 10
_REPEATED_AFTER = 30
_LOOKS_AT_CHANGE = 5
_AT_ONCE = 200

_RESULTS = {
    Outcome.UP: ProbeResult(outcome=Outcome.UP, http_status=200),
    Outcome.DOWN: ProbeResult(outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500."),
    Outcome.UNKNOWN: ProbeResult(
        outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail="No name can be resolved."
    ),
}


class KilledError(Exception):
    """A process ended in the middle of its transaction."""


@dataclass(frozen=True, slots=True)
class Look:
    """A check that is under way; `seen` is what it found, once it did."""

    watch: Watch
    slot: int
    is_recheck: bool = False
    seen: Outcome | None = None


@dataclass
class Simulation:
    engine: Engine
    script: Script
    now: float = 0
    checks: int = 0
    strikes: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    def __post_init__(self) -> None:
        self.provider = Provider(
            {channel: self.script.spans(Kind.PROVIDER, channel) for channel in CHANNELS}
        )
        self._order = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._looks: dict[float, list[Look]] = {}
        self._asked: set[tuple[int, int]] = set()
        self._ahead = sorted(
            (each for each in self.script.faults if each.span.start == each.span.end),
            key=lambda each: each.span.start,
        )

    @property
    def clock(self) -> datetime:
        return moment(self.now)

    def run(self) -> None:
        with self._transaction() as session:
            teams = Teams(session)
            teams.make(self.script.watches)
        self._monitors = teams.watched
        self._names = {row.id: name for name, row in teams.watched.items()}
        self._by_name = {watch.name: watch for watch in self.script.watches}
        self._organization_id = teams.organization_id
        self._schedule()
        while (then := self._next()) < self.script.seconds:
            self.now = then
            while self._events and self._events[0][0] <= self.now:
                heappop(self._events)[2]()
            self._serve()

    # --- What is to come

    def _schedule(self) -> None:
        blind = self.script.spans(Kind.RESOLVER)
        for watch in self.script.watches:
            self._look_from(watch, 0, times=1)
            for span in watch.down:
                for change in span:
                    self._look_from(watch, change, times=_LOOKS_AT_CHANGE)
            for span in blind:
                self._look_from(watch, span.start, times=2)
                self._look_from(watch, span.end, times=_LOOKS_AT_CHANGE)
            for minute in watch.blips:
                self._look_from(watch, minute * 60, times=1)
            for at in watch.acknowledged.values():
                self._at(at, lambda watch=watch: self._acknowledge(watch))
        for day in range(0, self.script.seconds, DAY // 4):
            for watch in self.script.watches:
                self._look_from(watch, day, times=1)

    def _look_from(self, watch: Watch, at: float, *, times: int) -> None:
        """Schedule the regular checks from a moment on."""
        phase = phase_of(self._monitors[watch.name].id, INTERVAL)
        begin = int(BEGINNING.timestamp())
        slot = next_slot(phase, INTERVAL, begin + ceil(at) - 1) - begin
        for number in range(times):
            due = slot + number * INTERVAL
            lost = next((s for s in self.script.spans(Kind.REDIS) if s.holds(due)), None)
            self._enqueue(Look(watch, due), due if lost is None else due + _REPEATED_AFTER)

    def _enqueue(self, look: Look, at: float) -> None:
        if at not in self._looks:
            self._looks[at] = []
            self._at(at, lambda: self._look_all(at))
        self._looks[at].append(look)

    def _at(self, at: float, do: Callable[[], None]) -> None:
        heappush(self._events, (at, next(self._order), do))

    def _next(self) -> float:
        """Return when anything happens next, not while the database is gone."""
        due = self._due_at()
        then = max(self.now, min(self._events[0][0], due) if self._events else due)
        gone = next((s for s in self.script.spans(Kind.DATABASE) if s.holds(then)), None)
        return then if gone is None else gone.end

    def _due_at(self) -> float:
        """Return the next sweep that will find something to do."""
        with self._transaction() as session:
            due = next_moment(session, now=self.clock)
            slot = session.scalar(select(func.min(Recheck.slot)))
        seconds = [] if due is None else [(due - BEGINNING).total_seconds()]
        if slot is not None:
            seconds.append(slot - BEGINNING.timestamp())
        if not seconds:
            return self.script.seconds
        soonest = ceil(min(seconds) / _SWEEP_EVERY) * _SWEEP_EVERY
        return max(soonest, (self.now // _SWEEP_EVERY + 1) * _SWEEP_EVERY)

    # --- Checks

    def _look_all(self, at: float) -> None:
        looks = [self._look(each) for each in self._looks.pop(at)]
        for start in range(0, len(looks), _AT_ONCE):
            self._store(looks[start : start + _AT_ONCE])

    def _look(self, look: Look) -> Look:
        """Look at the site as it is when the check is due, or when its message came again."""
        if look.seen is not None:
            return look
        at = max(look.slot, self.now - INTERVAL)
        return Look(look.watch, look.slot, look.is_recheck, self._outcome(look, at))

    def _outcome(self, look: Look, at: float) -> Outcome:
        if any(span.holds(at) for span in self.script.spans(Kind.RESOLVER)):
            return Outcome.UNKNOWN
        blips = not look.is_recheck and look.slot // 60 in look.watch.blips
        return Outcome.DOWN if blips or look.watch.is_down(at) else Outcome.UP

    def _store(self, looks: Sequence[Look]) -> None:
        observed = [self._observed(each) for each in looks]
        try:
            with self._transaction() as session:
                told = checks.record(session, observed, now=self.clock)
                if self._struck(Kind.CHECK_LOST):
                    raise KilledError
        except KilledError:
            self._again(looks)
            return
        self.checks += len(looks)
        if self._struck(Kind.CHECK_REPEATED):
            self._again(looks)
        elif not self._wakes_are_lost():
            self._relay(told)

    def _again(self, looks: Sequence[Look]) -> None:
        for each in looks:
            if not each.is_recheck:
                self._enqueue(each, self.now + _REPEATED_AFTER)

    def _observed(self, look: Look) -> Observed:
        monitor = self._monitors[look.watch.name]
        assert look.seen is not None
        return Observed(
            organization_id=self._organization_id,
            monitor_id=monitor.id,
            region_id=1,
            slot=int(BEGINNING.timestamp()) + look.slot,
            version=None,
            result=_RESULTS[look.seen],
        )

    def _wakes_are_lost(self) -> bool:
        return any(span.holds(self.now) for span in self.script.spans(Kind.REDIS))

    # --- Sweeps and relays

    def _serve(self) -> None:
        """Do what the timetable does: look again, sweep, send."""
        self._store_rechecks()
        try:
            with self._transaction() as session:
                maintenance_spans.sweep(session, now=self.clock)
                flapping.settle(session, now=self.clock)
                alerting_sweep.sweep(session, now=self.clock)
                if self._struck(Kind.SWEEP_LOST):
                    raise KilledError
        except KilledError:
            return
        with self._transaction() as session:
            due = delivery_claims.due(session, now=self.clock, limit=500)
        self._relay(due)

    def _store_rechecks(self) -> None:
        with self._transaction() as session:
            rows = session.execute(
                select(Recheck.monitor_id, Recheck.slot).where(
                    Recheck.slot <= BEGINNING.timestamp() + self.now
                )
            ).all()
        begin = int(BEGINNING.timestamp())
        looks = [
            self._look(Look(self._by_name[self._names[row.monitor_id]], row.slot - begin, True))  # noqa: FBT003
            for row in rows
        ]
        if looks:
            self._store(looks)

    def _relay(self, ids: Sequence[int]) -> None:
        waiting = list(ids)
        while waiting:
            waiting += self._send(waiting.pop(0))

    def _send(self, delivery_id: int) -> list[int]:
        with self._transaction() as session:
            claimed = delivery_claims.claim(session, delivery_id, rules=RULES, now=self.clock)
        if claimed is None or self._struck(Kind.UNSENT):
            return []
        error = self._attempt(claimed)
        if error is None and self._struck(Kind.UNMARKED):
            self.provider.lose(claimed.alert)
            return []
        with self._transaction() as session:
            if error is None:
                return delivery_marks.mark_sent(session, claimed, None, rules=RULES, now=self.clock)
            return delivery_marks.mark_failed(session, claimed, error, now=self.clock, chance=1.0)

    def _attempt(self, claimed: Claimed) -> NotifierError | None:
        assert claimed.destination is not None
        try:
            address = claimed.destination.address
            self.provider.send(claimed.kind, address, claimed.alert, now=self.now)
        except NotifierError as error:
            return error
        return None

    def _acknowledge(self, watch: Watch) -> None:
        mine = frozenset((channel, first(watch.team, channel)) for channel in CHANNELS)
        with self._transaction() as session:
            incident = session.scalars(
                select(Incident).where(
                    Incident.monitor_id == self._monitors[watch.name].id,
                    Incident.ended_at.is_(None),
                )
            ).one()
            acknowledgements.acknowledge(
                session,
                self._organization_id,
                incident.public_id,
                by=Actor(name=f"First {watch.team}", addresses=mine),
                now=self.clock,
            )

    # --- What is done to us

    def _struck(self, kind: Kind) -> bool:
        """Tell whether whoever acts now is killed here; each blow falls once."""
        blow = next(
            (each for each in self._ahead if each.kind is kind and each.span.start <= self.now),
            None,
        )
        if blow is None:
            return False
        self._ahead.remove(blow)
        self.strikes[kind] += 1
        return True

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session


def unfinished(script: Script) -> list[Span]:
    """Return the outages that the script lets end too late to be told within it."""
    return [
        span
        for watch in script.watches
        for span in watch.down
        if span.end > script.seconds - DAY // 8
    ]
