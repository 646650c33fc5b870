"""What holds for every sequence of results, however they come; the numbers are those of the design."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
    IncidentClosed,
    IncidentOpened,
    SeverityChanged,
    State,
    Status,
    Thresholds,
    advance,
    pause,
    restart,
)
from tests.domain.checks import (
    Action,
    Check,
    actions,
    changes,
    consecutive,
    expected_changes,
    jumbled,
    ordered,
    play,
    policies,
    settled,
)


@given(st.lists(st.integers(1, 1000)), policies)
def test_invariant_1_unknown_results_alone_change_no_incident(
    slots: list[int], policy: Thresholds
) -> None:
    steps = play([Check(slot, Outcome.UNKNOWN) for slot in slots], policy)
    assert changes(steps) == []
    assert not any(step.recheck for step in steps)
    assert all(step.status.state is State.UNKNOWN for step in steps)


@given(ordered, policies)
def test_invariant_1_unknown_results_between_others_open_and_close_nothing(
    checks: list[Check], policy: Thresholds
) -> None:
    known = [check for check in checks if check.outcome is not Outcome.UNKNOWN]
    assert changes(play(checks, policy)) == changes(play(known, policy))


@given(ordered, policies)
def test_invariant_1_no_unknown_result_is_itself_a_change(
    checks: list[Check], policy: Thresholds
) -> None:
    steps = play(checks, policy)
    for check, step in zip(checks, steps, strict=True):
        assert check.outcome is not Outcome.UNKNOWN or step.change is None


@given(ordered, policies)
def test_an_unknown_result_asks_for_another_look_exactly_where_the_last_known_one_did(
    checks: list[Check], policy: Thresholds
) -> None:
    asked = False
    for check, step in zip(checks, play(checks, policy), strict=True):
        if check.outcome is Outcome.UNKNOWN:
            assert step.recheck is asked
        asked = step.recheck


@given(jumbled, policies)
def test_invariant_2_opened_and_closed_alternate_whatever_the_order(
    checks: list[Check], policy: Thresholds
) -> None:
    found = changes(play(checks, policy))
    kinds = [type(change) for change in found if not isinstance(change, SeverityChanged)]
    assert kinds == [IncidentOpened, IncidentClosed] * (len(kinds) // 2) + [IncidentOpened] * (
        len(kinds) % 2
    )


@given(jumbled, policies)
def test_invariant_2_the_status_says_open_exactly_between_opened_and_closed(
    checks: list[Check], policy: Thresholds
) -> None:
    is_open = False
    for step in play(checks, policy):
        if step.change:
            is_open = not isinstance(step.change, IncidentClosed)
        assert step.status.incident_open is is_open
        assert settled(step.status, is_open=is_open)


@given(actions, policies)
def test_invariant_3_pause_and_restart_never_open_or_close(
    happened: list[Action], policy: Thresholds
) -> None:
    status = Status()
    for action in happened:
        before = status
        if isinstance(action, Check):
            step = advance(status, action.slot, action.outcome, policy)
            status = step.status
            opens_or_closes = isinstance(step.change, IncidentOpened | IncidentClosed)
            assert (status.incident_open != before.incident_open) == opens_or_closes
        else:
            status = action(status)
            assert status.incident_open is before.incident_open
            assert status.last_slot == before.last_slot


@given(jumbled, policies)
def test_invariant_3_a_paused_monitor_hears_nothing(
    checks: list[Check], policy: Thresholds
) -> None:
    paused = pause(Status(last_slot=5, incident_open=True, state=State.DOWN))
    steps = play(checks, policy, paused)
    assert changes(steps) == []
    assert all(step.status == paused for step in steps)


@given(ordered, consecutive)
def test_invariant_5_incidents_are_those_found_by_looking_back_over_the_whole_history(
    checks: list[Check], policy: Thresholds
) -> None:
    assert changes(play(checks, policy)) == expected_changes(checks, policy)


@given(ordered, policies)
def test_invariant_5_an_incident_starts_and_ends_at_a_check_of_its_own_kind(
    checks: list[Check], policy: Thresholds
) -> None:
    outcomes = {check.slot: check.outcome for check in checks}
    bad = {Outcome.DOWN, Outcome.DEGRADED} if policy.alert_on_degraded else {Outcome.DOWN}
    for change in changes(play(checks, policy)):
        match change:
            case IncidentOpened(started):
                assert outcomes[started] in bad
            case IncidentClosed(ended):
                assert outcomes[ended] in set(Outcome) - bad - {Outcome.UNKNOWN}
            case SeverityChanged(slot, severity):
                assert outcomes[slot].value == severity.value


@given(ordered, policies)
def test_an_incident_opens_with_the_check_that_makes_enough_failures_in_the_window(
    checks: list[Check], policy: Thresholds
) -> None:
    bad = {Outcome.DOWN, Outcome.DEGRADED} if policy.alert_on_degraded else {Outcome.DOWN}
    quiet: list[bool] = []
    for check, step in zip(checks, play(checks, policy), strict=True):
        if isinstance(step.change, IncidentClosed):
            quiet = []
        elif check.outcome is not Outcome.UNKNOWN and not step.status.incident_open:
            quiet.append(check.outcome in bad)
            assert sum(quiet[-policy.window_size :]) < policy.confirmations
        elif isinstance(step.change, IncidentOpened):
            quiet.append(True)
            assert sum(quiet[-policy.window_size :]) == policy.confirmations


@given(jumbled, policies)
def test_invariant_10_a_result_that_is_not_newer_changes_nothing(
    checks: list[Check], policy: Thresholds
) -> None:
    status = Status()
    for check in checks:
        step = advance(status, check.slot, check.outcome, policy)
        is_answered = not status.unknown_since or check.outcome is Outcome.UNKNOWN
        if check.slot < status.last_slot or (check.slot == status.last_slot and is_answered):
            assert step.status is status
            assert step.change is None
            assert not step.recheck
        else:
            assert step.status.last_slot == check.slot
        status = step.status


@given(ordered, policies, st.randoms(use_true_random=False))
def test_invariant_10_repeated_results_are_heard_once(
    checks: list[Check], policy: Thresholds, random: Random
) -> None:
    repeated = [again for check in checks for again in [check] * random.randint(1, 3)]
    assert changes(play(repeated, policy)) == changes(play(checks, policy))


@given(ordered, policies, st.data())
def test_invariant_10_a_check_that_is_made_again_counts_as_if_its_first_result_was_known(
    checks: list[Check], policy: Thresholds, data: st.DataObject
) -> None:
    policy = replace(policy, interval=data.draw(st.sampled_from([0, 5, 10, 60])))
    again: list[Check] = []
    for check in checks:
        again += [Check(check.slot, Outcome.UNKNOWN)] * data.draw(st.integers(0, 2))
        again.append(check)
    heard, once = play(again, policy), play(checks, policy)
    assert changes(heard) == changes(once)
    # A first failure after an unknown result leaves the state unknown.
    assert [replace(step.status, state=State.UP) for step in heard[-1:]] == [
        replace(step.status, state=State.UP) for step in once[-1:]
    ]


@given(ordered, policies, st.data())
def test_invariant_10_old_results_that_come_again_later_are_not_heard(
    checks: list[Check], policy: Thresholds, data: st.DataObject
) -> None:
    echoed: list[Check] = []
    for check in checks:
        echoed.append(check)
        echoed.extend(data.draw(st.lists(st.sampled_from(echoed), max_size=2)))
    heard, once = play(echoed, policy), play(checks, policy)
    assert changes(heard) == changes(once)
    assert [step.status for step in heard[-1:]] == [step.status for step in once[-1:]]


@given(actions)
def test_pause_and_restart_may_be_repeated(happened: list[Action]) -> None:
    status = Status()
    for action in happened:
        if isinstance(action, Check):
            status = advance(
                status, action.slot, action.outcome, Thresholds(confirmations=1, recoveries=1)
            ).status
        assert pause(pause(status)) == pause(status)
        assert restart(restart(status)) == restart(status)
