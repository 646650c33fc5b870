"""One run of the whole system against a script: start, disturb, let it come to rest, collect."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.stack import Stack
from models.session import make_engine
from tests.e2e.patience import last_look
from tests.faults import collect, world
from tests.faults.evidence import Evidence, Site, Span
from tests.faults.injector import Injected, inject
from tests.faults.plan import COUNTS, Fault
from tests.faults.sites import Sites
from tests.servers.site import ScriptedSite

# So that each message arrives by itself, since the oracle reads every one, and each request is taken.
_SETTINGS = {
    "DOWNTIME_RATE_LIMITS": "false",
    "DOWNTIME_DIGEST_THRESHOLD": "1000",
    "DOWNTIME_MESSAGES_PER_MINUTE": "email=6000,sms=6000",
    "DOWNTIME_TEXTS_PER_DAY": "",
    "DOWNTIME_LIMITS": "monitors=100000,checks_per_day=864000000,texts_per_day=100000,texts_per_month=100000",
}
_SETTLING_SECONDS = 5
_CALM_SECONDS = 20
"""What there is at least between the last fault and the end, also where the plan was put off."""
_LONGEST_START_SECONDS = 300
"""Before the start of the run there was nothing to watch: any time before the first slot will do."""
_LONGEST_REST_SECONDS = 150
"""A lost slot is closed at 90 s, a message whose sender was killed is sent again after 70 s."""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened: the faults as they were injected, and what the system made of it."""

    faults: Sequence[Injected]
    evidence: Evidence


def undergo(
    directory: Path,
    scripts: Callable[[float], Sequence[Site]],
    faults: Sequence[Fault],
    seconds: float,
    settings_of: Mapping[str, Mapping[str, str]] | None = None,
) -> Run:
    """Watch scripted sites from a fresh stack and disturb it meanwhile.

    `scripts` makes the sites from the time at which the run starts; `settings_of` has what single
    processes get besides.
    """
    stack = Stack(directory, counts=COUNTS, settings=_SETTINGS, settings_of=settings_of)
    with ScriptedSite() as server, stack:
        stack.wait_ready()
        group = world.found(stack.address("api"))
        start = time.time() + _SETTLING_SECONDS
        sites = Sites(scripts(start))
        server.answer = sites.answer
        world.watch(stack.address("api"), server.url, sites.scripts, group)
        happened = inject(stack, sites, faults, start=start)
        time.sleep(max(_CALM_SECONDS if faults else 0.0, start + seconds - time.time()))
        return Run(happened, come_to_rest(stack, sites, happened, start))


def come_to_rest(
    stack: Stack, sites: Sites, happened: Sequence[Injected], start: float
) -> Evidence:
    """Stop watching, wait until nothing is left to do, and collect what there is."""
    stack.wait_ready()
    url = stack.address("api")
    world.pause_all(url)
    run = Span(start - _LONGEST_START_SECONDS, time.time() + 1)
    engine = make_engine(stack.environment["DATABASE_URL"])
    try:
        # What is not done by then shows in the evidence, which says more than a timeout.
        last_look(lambda: collect.is_quiet(engine), seconds=_LONGEST_REST_SECONDS)
        figures = world.uptime(url, run)
        return collect.gather(engine, stack.directory, sites, happened, figures)
    finally:
        engine.dispose()
