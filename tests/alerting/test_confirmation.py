"""When a change is believed: timelines of checks, one a minute, and exactly what Ann is told.

`.` is up, `s` slow (degraded), `x` down, `?` unknown.
"""

import pytest

from domain.evaluation.outcome import Outcome
from tests.alerting.world import World

_OUTCOMES = {".": Outcome.UP, "s": Outcome.DEGRADED, "x": Outcome.DOWN, "?": Outcome.UNKNOWN}

Told = list[tuple[int, str]]

ROWS: list[tuple[str, dict[str, object], str, Told]] = [
    (
        "the first failure, where one is enough",
        {"confirmations": 1},
        ".x.",
        [(1, "down"), (2, "up")],
    ),
    ("one failure is no outage, where two make one", {"confirmations": 2}, ".x.x.x.", []),
    ("two in a row", {"confirmations": 2}, ".xx.", [(2, "down"), (3, "up")]),
    ("three in a row", {"confirmations": 3}, ".xx.xxx.", [(6, "down"), (7, "up")]),
    (
        "three within five",
        {"confirmations": 3, "confirmation_window": 5},
        "x.x.x..",
        [(4, "down"), (5, "up")],
    ),
    (
        "not three within five",
        {"confirmations": 3, "confirmation_window": 5},
        "x..x..x..x..x",
        [],
    ),
    ("a recovery that takes two", {"recoveries": 2}, "x.x..", [(0, "down"), (4, "up")]),
    ("a recovery that takes three", {"recoveries": 3}, "x..x..x...", [(0, "down"), (9, "up")]),
    ("nothing is known in between", {"confirmations": 2}, "x?x?.", [(2, "down"), (4, "up")]),
    ("nothing was ever known", {"confirmations": 1}, "????????", []),
    ("slow is worth no alert", {"alert_on_degraded": False}, ".sss.", []),
    ("slow ends an outage that way", {"alert_on_degraded": False}, "xs.", [(0, "down"), (1, "up")]),
    ("slow is told", {}, ".s.", [(1, "degraded"), (2, "up")]),
    ("slow gets worse", {}, ".sx.", [(1, "degraded"), (2, "down"), (3, "up")]),
    ("down gets better", {}, ".xs.", [(1, "down"), (2, "degraded"), (3, "up")]),
    (
        "it gets worse at once, however many confirm the beginning",
        {"confirmations": 3},
        "sssx.",
        [(2, "degraded"), (3, "down"), (4, "up")],
    ),
    (
        "the last of a run says how bad it is",
        {"confirmations": 2},
        "xs.",
        [(1, "degraded"), (2, "up")],
    ),
    (
        "a recovery that fails is no recovery, and worse on the way is told",
        {"recoveries": 2},
        "s.x..",
        [(0, "degraded"), (2, "down"), (4, "up")],
    ),
]


@pytest.mark.parametrize(
    ("values", "checks", "notified"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_checks_decide_what_is_believed_and_that_is_told(
    world: World, values: dict[str, object], checks: str, notified: Told
) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann")), **values)
    for minute, sign in enumerate(checks):
        world.until(minute)
        world.check(shop, _OUTCOMES[sign])
    world.until(world.minute + 60)
    assert [(minute, event) for minute, _, event in world.sent] == notified


def test_an_outage_began_with_the_first_failure_of_the_run(world: World) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann")), confirmations=3)
    for minute, sign in enumerate("..xxx"):
        world.until(minute)
        world.check(shop, _OUTCOMES[sign])
    (alert,) = world.alerts
    assert alert.started_at is not None
    assert (alert.started_at - world.start).total_seconds() == 2 * 60
