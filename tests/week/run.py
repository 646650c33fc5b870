"""Undergoes a script, and says how it went."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import Delivery, Incident
from models.delivery import OPEN
from tests.week.script import Kind, Script
from tests.week.simulation import Simulation
from tests.week.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Week:
    script: Script
    verdict: Verdict
    strikes: Mapping[Kind, int]
    checks: int
    incidents: int
    took: float

    def lines(self) -> list[str]:
        lasting = Counter(each.kind for each in self.script.faults)
        faults = {kind: self.strikes[kind] or lasting[kind] for kind in Kind}
        outages = sum(len(watch.down) for watch in self.script.watches)
        size = f"monitors {len(self.script.watches)}, days {self.script.seconds / 86_400:g}"
        happened = f"outages {outages}, incidents {self.incidents}, checks {self.checks}"
        return [
            f"{size}, {happened}, took {self.took:.0f} s",
            *(f"{kind}: {number}" for kind, number in faults.items()),
            *self.verdict.lines(),
        ]


def undergo(engine: Engine, script: Script) -> Week:
    """Let it happen on an empty database."""
    began = time.monotonic()
    simulation = Simulation(engine, script)
    simulation.run()
    verdict = judge(script, simulation.provider)
    with Session(engine) as session:
        incidents = session.scalar(select(func.count(Incident.id))) or 0
        left = session.scalar(select(func.count(Delivery.id)).where(Delivery.state.in_(OPEN)))
        still_open = session.scalar(
            select(func.count(Incident.id)).where(Incident.ended_at.is_(None))
        )
    verdict.missed += [
        f"{number} {noun} left"
        for noun, number in (("deliveries", left), ("incidents", still_open))
        if number
    ]
    took = time.monotonic() - began
    return Week(script, verdict, simulation.blows.fallen, simulation.checks, incidents, took)
