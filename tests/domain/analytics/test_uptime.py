"""Uptime compared with a count of every single second."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.uptime import Span, Uptime, clip, intersect, length, merge, subtract, uptime
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import IncidentClosed, IncidentOpened, Thresholds
from tests.domain.checks import Check, changes, consecutive, expected_changes, ordered, play

_END = 60
seconds = st.integers(-5, _END + 5)
spans = st.lists(st.builds(Span, seconds, seconds), max_size=6)
"""Empty and backward ones too, overlapping, and reaching beyond the window."""


def covered(parts: list[Span]) -> set[int]:
    return {second for part in parts for second in range(int(part.start), int(part.end))}


@given(spans, spans, spans, st.builds(Span, seconds, seconds))
def test_invariant_5_agrees_with_a_count_of_every_second(
    monitored: list[Span], down: list[Span], unknown: list[Span], window: Span
) -> None:
    watched = covered(monitored) & covered([window])
    unseen = watched & covered(unknown)
    failed = (watched & covered(down)) - unseen
    assert uptime(window, monitored=monitored, down=down, unknown=unknown) == Uptime(
        up=len(watched - unseen - failed), down=len(failed), unknown=len(unseen)
    )


@given(spans, spans, spans, st.builds(Span, seconds, seconds))
def test_invariant_5_the_parts_add_up_to_the_monitored_time(
    monitored: list[Span], down: list[Span], unknown: list[Span], window: Span
) -> None:
    found = uptime(window, monitored=monitored, down=down, unknown=unknown)
    assert found.monitored == length(clip(monitored, window))
    assert min(found.up, found.down, found.unknown) >= 0
    assert found.percent is None or 0 <= found.percent <= 100


@given(spans, spans, spans, spans, st.builds(Span, seconds, seconds))
def test_invariant_5_maintenance_is_taken_from_whatever_it_would_have_been(
    monitored: list[Span], down: list[Span], unknown: list[Span], planned: list[Span], window: Span
) -> None:
    watched = covered(monitored) & covered([window])
    counted = watched - covered(planned)
    unseen = counted & covered(unknown)
    failed = (counted & covered(down)) - unseen
    found = uptime(window, monitored=monitored, down=down, unknown=unknown, maintenance=planned)
    assert found == Uptime(
        up=len(counted - unseen - failed),
        down=len(failed),
        unknown=len(unseen),
        maintenance=len(watched & covered(planned)),
    )
    assert found.monitored == len(watched)


@given(spans, spans, spans, st.integers(0, _END))
def test_invariant_5_two_windows_side_by_side_add_up_to_the_whole(
    monitored: list[Span], down: list[Span], unknown: list[Span], middle: int
) -> None:
    whole, left, right = (
        uptime(Span(start, end), monitored=monitored, down=down, unknown=unknown)
        for start, end in ((0, _END), (0, middle), (middle, _END))
    )
    assert left.up + right.up == whole.up
    assert left.down + right.down == whole.down
    assert left.unknown + right.unknown == whole.unknown


@given(st.integers(2, 5), st.data())
def test_invariant_5_blips_that_were_never_confirmed_do_not_dent_it(
    confirmations: int, data: st.DataObject
) -> None:
    blips = data.draw(st.lists(st.integers(1, confirmations - 1), max_size=8))
    outcomes = [outcome for blip in blips for outcome in [*[Outcome.DOWN] * blip, Outcome.UP]]
    checks = [Check(100 + 5 * index, outcome) for index, outcome in enumerate(outcomes)]
    policy = Thresholds(confirmations=confirmations, recoveries=1)
    window = Span(0, 1000)
    found = uptime(window, monitored=[window], down=_incidents(checks, policy), unknown=[])
    assert found.percent == 100


@given(ordered, consecutive)
def test_invariant_5_each_outage_counts_from_its_first_failing_check_to_its_first_good_one(
    checks: list[Check], policy: Thresholds
) -> None:
    end = 100 + 5 * len(checks)
    edges = [
        change.started if isinstance(change, IncidentOpened) else change.ended
        for change in expected_changes(checks, policy)
        if isinstance(change, IncidentOpened | IncidentClosed)
    ]
    edges += [end] * (len(edges) % 2)
    down = sum(edges[1::2]) - sum(edges[::2])
    window = Span(0, end)
    found = uptime(window, monitored=[window], down=_incidents(checks, policy), unknown=[])
    assert found == Uptime(up=end - down, down=down, unknown=0)


def _incidents(checks: list[Check], policy: Thresholds) -> list[Span]:
    found: list[Span] = []
    for change in changes(play(checks, policy)):
        match change:
            case IncidentOpened(started):
                found.append(Span(started, 100 + 5 * len(checks)))
            case IncidentClosed(ended):
                found[-1] = Span(found[-1].start, ended)
    return found


def test_an_outage_counts_from_its_first_failing_check() -> None:
    checks = [Check(slot, Outcome.DOWN if slot >= 40 else Outcome.UP) for slot in range(0, 100, 10)]
    down = [
        Span(change.started, 100)
        for change in changes(play(checks[1:], Thresholds(confirmations=3, recoveries=1)))
        if isinstance(change, IncidentOpened)
    ]
    found = uptime(Span(0, 100), monitored=[Span(0, 100)], down=down, unknown=[])
    assert found == Uptime(up=40, down=60, unknown=0)
    assert found.percent == 40


def test_unknown_wins_over_down() -> None:
    found = uptime(
        Span(0, 100), monitored=[Span(0, 100)], down=[Span(20, 60)], unknown=[Span(50, 80)]
    )
    assert found == Uptime(up=40, down=30, unknown=30)


def test_maintenance_leaves_the_percentage_alone() -> None:
    whole = Span(0, 100)
    found = uptime(
        whole,
        monitored=[whole],
        down=[Span(20, 60)],
        unknown=[Span(50, 80)],
        maintenance=[Span(40, 70)],
    )
    assert found == Uptime(up=40, down=20, unknown=10, maintenance=30)
    assert found.percent == 100 * 40 / 60


def test_our_own_downtime_is_neither_up_nor_down() -> None:
    found = uptime(Span(0, 10), monitored=[Span(0, 10)], down=[], unknown=[Span(0, 10)])
    assert found == Uptime(up=0, down=0, unknown=10)
    assert found.percent is None


def test_nothing_monitored_has_no_percentage() -> None:
    found = uptime(Span(0, 10), monitored=[], down=[Span(0, 10)], unknown=[])
    assert found.monitored == 0
    assert found.percent is None


def test_a_window_that_ends_before_it_starts_holds_nothing() -> None:
    assert uptime(Span(10, 0), monitored=[Span(0, 10)], down=[], unknown=[]).monitored == 0


def test_fractions_of_a_second_are_kept() -> None:
    found = uptime(Span(0, 1), monitored=[Span(0, 1)], down=[Span(0.25, 0.5)], unknown=[])
    assert found == Uptime(up=0.75, down=0.25, unknown=0)


@given(spans)
def test_merged_spans_are_sorted_apart_and_the_same_time(parts: list[Span]) -> None:
    merged = merge(parts)
    assert covered(merged) == covered(parts)
    assert all(span.start < span.end for span in merged)
    assert all(a.end < b.start for a, b in pairwise(merged))


@given(spans, spans)
def test_intersection_and_difference_are_those_of_the_seconds(
    one: list[Span], other: list[Span]
) -> None:
    assert covered(intersect(merge(one), merge(other))) == covered(one) & covered(other)
    assert covered(subtract(merge(one), merge(other))) == covered(one) - covered(other)
