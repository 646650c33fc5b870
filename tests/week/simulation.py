"""A week in minutes: what happens is done by the real services on a real Postgres, at times by argument.

Checks that would change nothing are left out: a site is looked at around each change, whenever the
system asks for it, when our own name resolution dies and comes back, and now and then.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import ceil, inf

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.evaluation.slots import next_slot, phase_of
from models import Incident, Monitor, Recheck
from services.alerting import acknowledgements, flapping
from services.alerting import sweep as alerting_sweep
from services.alerting.acknowledgements import Actor
from services.checks import record as check_record
from services.dependencies import inhibited_children
from services.maintenance import occurrences as maintenance_occurrences
from services.outbox import wakes
from tests.alerting import due
from tests.alerting.due import Due
from tests.week import looks
from tests.week.blows import Blows, KilledError
from tests.week.looks import AsyncProbe
from tests.week.organization import BEGINNING, Teams, first, moment
from tests.week.plan import CHANNELS
from tests.week.provider import Provider
from tests.week.relay import Relay
from tests.week.script import DAY, INTERVAL, Kind, Script, Watch

_TICK = 10
_REPEATED_AFTER = 10
_LOOKS_AT_CHANGE = 3
_ROUND = DAY // 4
_AT_ONCE = 200
_BEGAN = int(BEGINNING.timestamp())


class Simulation:
    def __init__(self, engine: Engine, script: Script) -> None:
        self.now: float = 0
        self.checks = 0
        self.blows = Blows(script)
        self.provider = Provider(
            {channel: script.spans(Kind.PROVIDER, channel) for channel in CHANNELS}
        )
        self._engine = engine
        self._script = script
        self._relay = Relay(engine, self.provider, self.blows)
        self._monitors: dict[str, Monitor] = {}
        self._watches: dict[int, Watch] = {}
        self._order = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._looks: dict[float, list[AsyncProbe]] = {}
        self._due, self._is_due_old = Due(None, None, None), True
        self._looks_at = self._wakes_at = inf

    def run(self) -> None:
        """Let all of it happen, until nothing is left to do."""
        with self._transaction() as session:
            self._monitors = Teams(session).make(self._script.watches)
        self._watches = {self._monitors[each.name].id: each for each in self._script.watches}
        self._schedule()
        while (then := self._find_due()) < inf or self._events:
            self.now = self._working(min(then, self._events[0][0] if self._events else inf))
            if then <= self.now:
                self._serve()
            while self._events and self._events[0][0] <= self.now:
                heappop(self._events)[2]()

    # --- What is to come

    def _schedule(self) -> None:
        for watch in self._script.watches:
            for round_at in range(0, self._script.seconds, _ROUND):
                self._look_from(watch, round_at, times=1)
            for change_at in self._telling_moments(watch):
                self._look_from(watch, change_at, times=_LOOKS_AT_CHANGE)
            for taken_at in watch.acknowledged.values():
                self._at(taken_at, partial(self._acknowledge, watch))

    def _telling_moments(self, watch: Watch) -> Iterator[float]:
        """Yield when a look at a site may find it other than before."""
        for span in (*watch.down, *self._script.spans(Kind.RESOLVER)):
            yield from span
        yield from (minute * 60 for minute in watch.blips)

    def _look_from(self, watch: Watch, at: float, *, times: int) -> None:
        """Schedule the regular checks from a moment on; a message that Redis lost comes again."""
        phase = phase_of(self._monitors[watch.name].id, INTERVAL)
        slot = next_slot(phase, INTERVAL, _BEGAN + ceil(at) - 1) - _BEGAN
        for number in range(times):
            at = slot + number * INTERVAL
            lost = any(span.holds(at) for span in self._script.spans(Kind.REDIS))
            self._enqueue(AsyncProbe(watch, int(at)), at + _REPEATED_AFTER if lost else at)

    def _enqueue(self, look: AsyncProbe, at: float) -> None:
        tick = _tick(at)
        if tick not in self._looks:
            self._looks[tick] = []
            self._at(tick, partial(self._look_all, tick))
        self._looks[tick].append(look)

    def _at(self, at: float, do: Callable[[], None]) -> None:
        heappush(self._events, (at, next(self._order), do))

    def _working(self, then: float) -> float:
        """Return when it really happens: nothing does while the database is gone."""
        gone = next((s for s in self._script.spans(Kind.DATABASE) if s.holds(then)), None)
        return max(self.now, then) if gone is None else gone.end

    def _find_due(self) -> float:
        """Return the next sweep that will find something to do; ask only if that may have changed."""
        if self._is_due_old:
            with self._transaction() as session:
                self._due = due.later(session, now=moment(self.now))
                slot = session.scalar(select(func.min(func.coalesce(Recheck.due, Recheck.slot))))
            self._looks_at = inf if slot is None else slot - _BEGAN
            self._is_due_old = False
        soonest = min(_seconds(self._due.first), self._looks_at, self._wakes_at)
        return inf if soonest == inf else max(_tick(soonest), _tick(self.now + 1))

    # --- What workers do

    def _look_all(self, at: float) -> None:
        seen = [looks.done(self._script, each, self.now) for each in self._looks.pop(at)]
        for start in range(0, len(seen), _AT_ONCE):
            self._store(seen[start : start + _AT_ONCE])

    def _store(self, seen: Sequence[AsyncProbe]) -> None:
        observed = [looks.observed(each, self._monitors[each.watch.name]) for each in seen]
        try:
            with self._transaction() as session:
                check_record.record(session, observed, now=moment(self.now))
                self.blows.endure(Kind.CHECK_LOST, self.now)
        except KilledError:
            self._again(seen)
            return
        notified = wakes.take(session)
        self.checks += len(seen)
        self._is_due_old |= bool(notified) or any(each.leads_on for each in seen)
        if self.blows.fall(Kind.CHECK_REPEATED, self.now):
            self._again(seen)
            self._wakes_at = self.now
        else:
            self._wake(notified)

    def _again(self, seen: Sequence[AsyncProbe]) -> None:
        """Let the messages come again; a recheck that was not stored is still asked for."""
        for each in seen:
            if not each.is_recheck:
                self._enqueue(each, self.now + _REPEATED_AFTER)

    def _wake(self, ids: Sequence[int]) -> None:
        """Let relays send these, unless Redis forgets it; then a later sweep finds them."""
        if any(span.holds(self.now) for span in self._script.spans(Kind.REDIS)):
            self._wakes_at = self.now
        else:
            self._relay.send(ids, self.now)

    def _serve(self) -> None:
        """Do what the timetable does, as far as it would find anything: sweep, look again, send.

        In this order, since who tells before the look that was asked for is in has told too early.
        """
        was, self._is_due_old = self._due, True
        if min(_seconds(was.incidents), _seconds(was.maintenance)) <= self.now:
            self._sweep()
        if self._looks_at <= self.now:
            self._store_rechecks()
        if min(_seconds(was.messages), self._wakes_at) <= self.now:
            self._wakes_at = inf
            self._relay.send_due(self.now)

    def _store_rechecks(self) -> None:
        second = _BEGAN + int(self.now)
        with self._transaction() as session:
            session.execute(
                update(Recheck).where(Recheck.due <= second).values(slot=second, due=None)
            )
            rows = session.execute(
                select(Recheck.monitor_id, Recheck.slot).where(Recheck.slot.is_not(None))
            ).all()
        asked = (
            AsyncProbe(self._watches[row.monitor_id], row.slot - _BEGAN, is_recheck=True)
            for row in rows
        )
        seen = [looks.done(self._script, each, self.now) for each in asked]
        if seen:
            self._store(seen)

    def _sweep(self) -> None:
        clock: datetime = moment(self.now)
        try:
            with self._transaction() as session:
                maintenance_occurrences.sweep(session, now=clock)
                flapping.settle(session, now=clock)
                inhibited_children.keep(session, now=clock)
                inhibited_children.recheck_parents(session, now=clock)
                alerting_sweep.sweep(session, now=clock)
                self.blows.endure(Kind.SWEEP_LOST, self.now)
        except KilledError:
            return
        self._wake(wakes.take(session))

    def _acknowledge(self, watch: Watch) -> None:
        self._is_due_old = True
        monitor = self._monitors[watch.name]
        mine = frozenset((channel, first(watch.team, channel)) for channel in CHANNELS)
        with self._transaction() as session:
            incident = session.scalars(
                select(Incident).where(
                    Incident.monitor_id == monitor.id, Incident.ended_at.is_(None)
                )
            ).one()
            acknowledgements.acknowledge(
                session,
                monitor.organization_id,
                incident.public_id,
                by=Actor(name=f"First {watch.team}", addresses=mine),
                now=moment(self.now),
            )

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session


def _seconds(at: datetime | None) -> float:
    return inf if at is None else (at - BEGINNING).total_seconds()


def _tick(at: float) -> float:
    """Return the next moment at which anybody works: all sweeps and checks wait for the same beat."""
    return ceil(at / _TICK) * _TICK
