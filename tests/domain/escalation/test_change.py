"""A policy that is changed while an incident goes on by it: what comes next is what it says now."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.escalation.change import adapted, restarted
from domain.escalation.policy import Policy, Progress, Situation, plan
from tests.domain.escalation.test_policy import (
    FREE,
    NOW,
    THREE,
    Outage,
    after,
    histories,
    live,
    minutes,
    policies,
)

ONE = Policy(waits=(minutes(0),))
TWO = Policy(waits=(minutes(0), minutes(60)), repeats=1, repeat_after=minutes(30))
"""Steps at 0 and 60, and the next round at 90 and 150."""


def progress_of(policy: Policy, *at: float) -> Progress:
    """Return how far it has come after looks at these minutes."""
    progress = Progress()
    for each in at:
        progress = plan(policy, progress, FREE, after(each)).progress
    return progress


def steps_of(policy: Policy, progress: Progress) -> list[tuple[datetime, tuple[int, int]]]:
    """Return all that is still to come, looked at exactly when it is due."""
    steps = []
    while progress.step_at is not None:
        now = progress.step_at
        planned = plan(policy, progress, FREE, now)
        steps += [(now, step) for step in planned.steps]
        progress = planned.progress
    return steps


@pytest.mark.parametrize(("wait", "comes"), [(10, 10), (20, 20), (90, 90)])
def test_a_wait_that_is_changed_counts_from_when_it_began(wait: int, comes: int) -> None:
    changed = replace(TWO, waits=(minutes(0), minutes(wait)), repeats=0)
    progress = adapted(progress_of(TWO, 0), TWO, changed, after(5))
    assert steps_of(changed, progress) == [(after(comes), (0, 1))]


def test_a_first_wait_that_is_changed_counts_from_the_beginning() -> None:
    before, changed = Policy(waits=(minutes(30),)), Policy(waits=(minutes(10),))
    progress = adapted(progress_of(before, 0), before, changed, after(5))
    assert steps_of(changed, progress) == [(after(10), (0, 0))]


def test_a_wait_between_rounds_that_is_changed_counts_from_the_last_step() -> None:
    changed = replace(TWO, repeat_after=minutes(10))
    progress = adapted(progress_of(TWO, 0, 60), TWO, changed, after(65))
    assert steps_of(changed, progress) == [(after(70), (1, 0)), (after(130), (1, 1))]


def test_a_wait_within_a_later_round_counts_from_the_step_before_as_in_the_first() -> None:
    changed = replace(TWO, waits=(minutes(0), minutes(20)), repeat_after=minutes(10))
    progress = adapted(progress_of(TWO, 0, 60, 90), TWO, changed, after(95))
    assert steps_of(changed, progress) == [(after(110), (1, 1))]


def test_a_step_that_is_added_after_all_were_taken_comes_after_its_wait_from_now() -> None:
    changed = Policy(waits=(minutes(0), minutes(10)))
    progress = adapted(progress_of(ONE, 0), ONE, changed, after(40))
    assert steps_of(changed, progress) == [(after(50), (0, 1))]


def test_a_step_that_is_added_before_the_next_round_comes_first() -> None:
    changed = replace(TWO, waits=(*TWO.waits, minutes(5)))
    progress = adapted(progress_of(TWO, 0, 60), TWO, changed, after(61))
    assert steps_of(changed, progress)[:2] == [(after(65), (0, 2)), (after(95), (1, 0))]


def test_rounds_that_are_added_after_the_last_come_from_now() -> None:
    changed = replace(ONE, repeats=1, repeat_after=minutes(15))
    progress = adapted(progress_of(ONE, 0), ONE, changed, after(40))
    assert steps_of(changed, progress) == [(after(55), (1, 0))]


def test_a_round_that_is_taken_away_before_it_began_does_not_come() -> None:
    changed = replace(TWO, repeats=0)
    progress = adapted(progress_of(TWO, 0, 60), TWO, changed, after(65))
    assert steps_of(changed, progress) == []


def test_a_step_that_is_taken_away_makes_the_next_round_count_from_the_one_before() -> None:
    changed = replace(TWO, waits=TWO.waits[:1])
    progress = adapted(progress_of(TWO, 0), TWO, changed, after(5))
    assert steps_of(changed, progress) == [(after(30), (1, 0))]


def test_an_incident_that_began_without_steps_gets_none() -> None:
    progress = progress_of(Policy(), 0)
    assert steps_of(TWO, adapted(progress, ONE, TWO, after(5))) == []


def test_what_nobody_was_told_of_yet_begins_by_the_new_policy() -> None:
    held = plan(TWO, Progress(), Situation(is_suppressed=True), NOW).progress
    assert adapted(held, TWO, ONE, after(5)) == held


@pytest.mark.parametrize("step", [1, 4])
def test_a_step_that_neither_policy_knows_leads_to_the_next_round(step: int) -> None:
    strange = Progress(begun=True, step=step, step_at=after(10))
    assert steps_of(ONE, adapted(strange, ONE, ONE, after(5))) == []


@pytest.mark.parametrize(
    ("before", "now", "comes"), [(60, 20, 20), (60, 90, 90), (None, 20, 25), (60, None, None)]
)
def test_a_reminder_counts_from_the_one_before_or_else_from_now(
    before: int | None, now: int | None, comes: int | None
) -> None:
    old = Policy(reminder=None if before is None else minutes(before))
    new = Policy(reminder=None if now is None else minutes(now))
    progress = adapted(progress_of(old, 0), old, new, after(5))
    looked = plan(new, progress, FREE, after(5))
    assert not looked.remind
    assert looked.next_at == (None if comes is None else after(comes))


def test_a_reminder_that_is_given_back_before_anybody_looked_comes_as_it_would_have() -> None:
    old, without = Policy(reminder=minutes(60)), Policy()
    once = adapted(progress_of(old, 0), old, without, after(5))
    assert adapted(once, without, old, after(6)).reminder_at == after(60)


def test_the_steps_that_were_taken_are_all_in_a_later_round() -> None:
    outage = Outage(THREE)
    looks = (outage.look(after(each)).taken for each in (0, 5, 15, 45))
    assert list(looks) == [range(0), range(1), range(2), range(3)]
    outage.policy = Policy(waits=(minutes(0),))
    assert outage.look(after(50)).taken == range(1)
    assert plan(outage.policy, Progress(begun=True, step=3), FREE, NOW).taken == range(1)


def test_another_policy_begins_with_its_first_step_after_its_wait_from_now() -> None:
    other = Policy(waits=(minutes(5), minutes(10)), repeats=1, repeat_after=minutes(20))
    progress = restarted(progress_of(TWO, 0, 60), TWO, other, after(70))
    assert steps_of(other, progress) == [
        (after(75), (0, 0)),
        (after(85), (0, 1)),
        (after(105), (1, 0)),
        (after(115), (1, 1)),
    ]


def test_without_another_policy_no_step_follows() -> None:
    progress = restarted(progress_of(TWO, 0), TWO, Policy(), after(5))
    assert steps_of(Policy(), progress) == []


def test_of_another_policy_nothing_was_taken_yet() -> None:
    progress = restarted(progress_of(TWO, 0, 60), TWO, TWO, after(70))
    assert plan(TWO, progress, FREE, after(70)).taken == range(0)


def test_who_came_since_it_began_is_admitted_but_not_while_it_is_held_or_snoozed() -> None:
    began = plan(ONE, Progress(), FREE, NOW)
    assert not began.admit
    assert plan(ONE, began.progress, FREE, after(1)).admit
    assert not plan(ONE, began.progress, Situation(is_suppressed=True), after(1)).admit
    assert not plan(ONE, began.progress, Situation(is_acknowledged=True), after(1)).admit
    snoozed = replace(began.progress, snoozed_until=after(10))
    assert not plan(ONE, snoozed, FREE, after(1)).admit


@given(policies, policies, histories, st.integers(0, 120))
def test_another_policy_takes_each_of_its_steps_in_order_and_none_earlier_than_its_wait(
    before: Policy,
    other: Policy,
    history: list,  # type: ignore[type-arg]
    later: int,
) -> None:
    seen = live(before, history)
    if not seen:
        return
    now, _, _, last = seen[-1]
    changed_at = now + minutes(later)
    progress = restarted(last.progress, before, other, changed_at)
    if not progress.begun:
        assert progress == last.progress
        return
    steps = steps_of(other, replace(progress, snoozed_until=None))
    assert [step for _, step in steps] == [
        (round_, step) for round_ in range(other.repeats + 1) for step in range(len(other.waits))
    ]
    if steps:
        assert steps[0][0] == changed_at + other.waits[0]


@given(policies, histories)
def test_a_policy_that_is_given_once_more_changes_nothing(policy: Policy, history: list) -> None:  # type: ignore[type-arg]
    for now, _, _, planned in live(policy, history):
        assert adapted(planned.progress, policy, policy, now) == planned.progress


@given(policies, policies, histories, st.integers(0, 120))
def test_what_was_told_stays_told_and_only_what_the_policy_says_now_comes(
    before: Policy,
    changed: Policy,
    history: list,  # type: ignore[type-arg]
    later: int,
) -> None:
    seen = live(before, history)
    if not seen:
        return
    now, _, _, last = seen[-1]
    taken = [step for *_, planned in seen for step in planned.steps]
    progress = adapted(last.progress, before, changed, now + minutes(later))
    coming = [step for _, step in steps_of(changed, replace(progress, snoozed_until=None))]
    assert taken + coming == sorted({*taken, *coming})
    assert all(step < len(changed.waits) for _, step in coming)
