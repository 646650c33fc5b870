"""What counts as a confirmation: probes that looked at different moments, and no blind time between them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Begin, IncidentOpened, Status, Thresholds, advance

MINUTELY = Thresholds(confirmations=2, recoveries=1, interval=60, recheck=20)
BLIP = 5.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A result of the slot; its probe began so many seconds after it, or up to the uncertainty later."""

    slot: int
    outcome: Outcome
    lateness: float = 0.0
    uncertainty: float = 0.0

    @property
    def began(self) -> Begin:
        earliest = self.slot + self.lateness
        return Begin(earliest, earliest + self.uncertainty)


def down(slot: int, lateness: float = 0.0, uncertainty: float = 0.0) -> Probe:
    return Probe(slot, Outcome.DOWN, lateness, uncertainty)


def unknown(slot: int) -> Probe:
    return Probe(slot, Outcome.UNKNOWN)


def opened(probes: list[Probe], policy: Thresholds) -> list[int]:
    """Return when each incident began that these results open."""
    status = Status()
    found = []
    for probe in probes:
        step = advance(status, probe.slot, probe.outcome, policy, began=probe.began)
        status = step.status
        if isinstance(step.change, IncidentOpened):
            found.append(step.change.started)
    return found


@pytest.mark.parametrize(
    ("interval", "recheck", "apart"),
    [
        (60, 10, 5),
        (60, 20, 10),
        (10, 20, 5),
        (5, 10, 4.5),
        (7, 10, 4.5),
        (60, 1, 0.5),
        (60, 4, 3.5),
    ],
)
def test_how_far_apart_two_confirmations_begin(interval: int, recheck: int, apart: float) -> None:
    assert (
        Thresholds(confirmations=2, recoveries=1, interval=interval, recheck=recheck).min_distance
        == apart
    )


def test_of_a_heartbeat_every_missed_run_counts() -> None:
    assert Thresholds(confirmations=2, recoveries=1).min_distance == 0


def test_two_failures_in_steady_operation_are_an_outage() -> None:
    assert opened([down(60, 0.3), down(80, 0.1)], MINUTELY) == [60]
    assert opened([down(60, 0.4), down(120, 0.0)], MINUTELY) == [60]


def test_two_looks_at_the_same_moment_are_one_failure() -> None:
    late = [down(60, 14.9), down(75, 0.0)]
    assert opened(late, MINUTELY) == []
    assert opened([*late, down(95)], MINUTELY) == [60]


def test_two_looks_that_may_have_been_at_the_same_moment_are_one_failure() -> None:
    held_up = [down(60, 0.1, uncertainty=12.0), down(80, 0.1)]
    assert opened(held_up, MINUTELY) == []
    assert opened([*held_up, down(100, 0.1)], MINUTELY) == [60]


def test_a_second_failure_confirms_however_late_it_may_have_been() -> None:
    assert opened([down(60, 0.1), down(80, 0.1, uncertainty=12.0)], MINUTELY) == [60]


def test_a_failure_that_is_too_close_does_not_put_off_the_next() -> None:
    assert opened([down(60), down(65), down(69), down(70)], MINUTELY) == [60]


def test_a_failure_that_is_too_close_takes_nothing_back() -> None:
    first = advance(Status(), 60, Outcome.DOWN, MINUTELY)
    second = advance(first.status, 61, Outcome.DOWN, MINUTELY)
    assert second.recheck
    assert second.status.recent == first.status.recent == 1
    assert (second.status.failed_at, second.status.last_slot) == (60, 61)


@pytest.mark.parametrize(
    ("between", "is_open"),
    [
        ([], True),
        ([unknown(120)], True),
        ([unknown(120), unknown(180)], False),
        # Nothing was known from 80 on: for 100 seconds, which is more than an interval.
        ([unknown(80), unknown(120)], False),
    ],
)
def test_a_run_ends_when_more_than_one_interval_follows_of_which_nothing_is_known(
    between: list[Probe], *, is_open: bool
) -> None:
    end = (between[-1].slot if between else 60) // 60 * 60 + 60
    assert bool(opened([down(60), *between, down(end)], MINUTELY)) is is_open


def test_a_run_ends_though_the_unknown_results_are_not_written_yet() -> None:
    # After a stall the newest slot is answered first; those before it are closed later.
    assert opened([down(60), down(240)], MINUTELY) == []
    assert opened([down(60), down(240), down(260)], MINUTELY) == [240]


def test_a_run_that_began_in_blind_time_is_confirmed() -> None:
    assert opened([unknown(60), unknown(120), down(180), down(240)], MINUTELY) == [180]


@given(
    st.sampled_from([5, 6, 7, 10, 15, 20, 30, 60, 300]),
    st.sampled_from([10, 20, 30]),
    st.floats(0, BLIP - 0.6),
    st.floats(0, 400),
    st.integers(0, 299),
)
def test_invariant_9_a_blip_of_five_seconds_after_a_stall_is_no_outage(
    interval: int, recheck: int, seconds: float, stall: float, phase: int
) -> None:
    """Let all stand still, and the site fail when it goes on; whatever is due is checked then.

    A blip longer by more than the jitter would meet two punctual checks at an interval of five seconds.
    """
    policy = Thresholds(confirmations=2, recoveries=1, interval=interval, recheck=recheck)
    resumed = 1000.0 + stall
    slots = range(phase % interval, int(resumed) + 60, interval)
    probes = []
    for slot in slots:
        began = float(slot) if not 1000 < slot < resumed else resumed
        if began - slot <= min(interval, 15):
            failed = resumed <= began < resumed + seconds
            outcome = Outcome.DOWN if failed else Outcome.UP
            probes.append(Probe(slot, outcome, began - slot))
    assert opened(probes, policy) == []


@given(
    st.sampled_from([5, 6, 7, 10, 15]),
    st.sampled_from([10, 20]),
    st.floats(0, BLIP - 0.6),
    st.floats(0, 1),
    st.floats(0, 15),
    st.floats(0, 1),
)
def test_invariant_9_a_blip_of_five_seconds_is_no_outage_though_a_worker_was_held_up(
    interval: int, recheck: int, seconds: float, share: float, delay: float, doubt: float
) -> None:
    """Let the site fail around a request that left a while after its probe began."""
    policy = Thresholds(confirmations=2, recoveries=1, interval=interval, recheck=recheck)
    asked_at = 1000 + min(delay, interval)
    failed_at = asked_at - share * seconds
    probes = []
    for slot in range(1000 - 2 * interval, 1000 + 4 * interval, interval):
        held_up = asked_at - slot if slot == 1000 else 0.0
        failed = failed_at <= slot + held_up < failed_at + seconds
        outcome = Outcome.DOWN if failed else Outcome.UP
        probes.append(Probe(slot, outcome, uncertainty=held_up + doubt))
    assert opened(probes, policy) == []
