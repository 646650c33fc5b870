"""Who is told when: steps, repetitions, reminders, and what stops them."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.escalation.policy import Plan, Policy, Progress, Situation, plan

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FREE = Situation()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def after(count: float) -> datetime:
    return NOW + minutes(count)


@dataclass
class Outage:
    """One incident on its way, looked at whenever a test says so."""

    policy: Policy
    situation: Situation = FREE
    progress: Progress = field(default_factory=Progress)
    next_at: datetime | None = None

    def look(self, now: datetime) -> Plan:
        planned = plan(self.policy, self.progress, self.situation, now)
        self.progress, self.next_at = planned.progress, planned.next_at
        return planned

    def notified(self, *at: float) -> list[tuple[bool, tuple[tuple[int, int], ...], bool]]:
        looks = (self.look(after(each)) for each in at)
        return [(each.begin, each.steps, each.remind) for each in looks]


NOTHING = (False, (), False)
THREE = Policy(waits=(minutes(0), minutes(5), minutes(10)), repeats=1, repeat_after=minutes(30))


def test_without_a_policy_there_is_a_beginning_and_nothing_more() -> None:
    outage = Outage(Policy())
    assert outage.notified(0, 1, 600) == [(True, (), False), NOTHING, NOTHING]
    assert outage.next_at is None


def test_each_step_waits_for_its_time_after_the_one_before() -> None:
    outage = Outage(THREE)
    assert outage.notified(0, 4.9, 5, 14.9, 15) == [
        (True, ((0, 0),), False),
        NOTHING,
        (False, ((0, 1),), False),
        NOTHING,
        (False, ((0, 2),), False),
    ]


def test_the_next_look_is_exactly_when_something_is_due() -> None:
    outage = Outage(THREE)
    for expected in (5, 15, 45, 50, 60):
        outage.look(outage.next_at or NOW)
        assert outage.next_at == after(expected)
    outage.look(after(60))
    assert outage.next_at is None


def test_all_steps_are_repeated_as_often_as_the_policy_says() -> None:
    outage = Outage(replace(THREE, repeats=2))
    steps: list[tuple[int, int]] = []
    now: datetime | None = NOW
    while now is not None:
        steps += outage.look(now).steps
        now = outage.next_at
    assert steps == [(turn, step) for turn in range(3) for step in range(3)]


def test_a_first_step_may_wait_too() -> None:
    outage = Outage(Policy(waits=(minutes(10),)))
    assert outage.notified(0, 10) == [(True, (), False), (False, ((0, 0),), False)]


def test_an_hour_too_late_the_current_step_comes_and_no_burst() -> None:
    outage = Outage(THREE)
    assert outage.notified(0, 65) == [(True, ((0, 0),), False), (False, ((0, 1),), False)]
    assert outage.next_at == after(75)


def test_reminders_come_until_somebody_acknowledges() -> None:
    outage = Outage(Policy(reminder=minutes(20)))
    assert outage.notified(0, 19, 20, 40) == [
        (True, (), False),
        NOTHING,
        (False, (), True),
        (False, (), True),
    ]
    outage.situation = replace(FREE, is_acknowledged=True)
    assert outage.notified(60, 600) == [NOTHING, NOTHING]
    assert outage.next_at is None


def test_hours_too_late_one_reminder_comes_and_no_burst() -> None:
    outage = Outage(Policy(reminder=minutes(20)))
    assert outage.notified(0, 300, 319, 320) == [
        (True, (), False),
        (False, (), True),
        NOTHING,
        (False, (), True),
    ]


def test_while_held_nobody_is_told_and_afterwards_it_begins_once() -> None:
    outage = Outage(THREE, replace(FREE, is_suppressed=True, suppressed_until=after(60)))
    assert outage.notified(0, 30) == [NOTHING, NOTHING]
    assert outage.next_at == after(60)
    outage.situation = FREE
    assert outage.notified(60, 60, 64) == [(True, ((0, 0),), False), NOTHING, NOTHING]


def test_a_hold_without_an_end_waits_to_be_woken() -> None:
    outage = Outage(THREE, replace(FREE, is_suppressed=True))
    assert outage.notified(0) == [NOTHING]
    assert outage.next_at is None


def test_one_who_was_told_before_a_hold_is_not_told_again_after_it() -> None:
    outage = Outage(Policy())
    outage.look(NOW)
    outage.situation = replace(FREE, is_suppressed=True, suppressed_until=after(60))
    outage.look(after(10))
    outage.situation = FREE
    assert outage.notified(60) == [NOTHING]


def test_a_snooze_is_silent_and_its_end_is_a_reminder() -> None:
    outage = Outage(THREE)
    outage.look(NOW)
    outage.progress = replace(outage.progress, snoozed_until=after(120))
    assert outage.notified(5, 119) == [NOTHING, NOTHING]
    assert outage.next_at == after(120)
    assert outage.notified(120, 121) == [(False, ((0, 1),), True), NOTHING]
    assert outage.progress.snoozed_until is None


def test_a_snooze_before_anybody_was_told_ends_with_the_beginning_alone() -> None:
    outage = Outage(Policy(), progress=Progress(snoozed_until=after(5)))
    assert outage.notified(0, 5) == [NOTHING, (True, (), False)]


def test_a_step_that_would_wake_nobody_is_followed_at_once() -> None:
    outage = Outage(THREE, replace(FREE, asleep=frozenset({0})))
    assert outage.notified(0) == [(True, ((0, 0), (0, 1)), False)]
    assert outage.next_at == after(10)


def test_where_all_sleep_the_repetition_still_waits() -> None:
    outage = Outage(THREE, replace(FREE, asleep=frozenset({0, 1, 2})))
    assert outage.notified(0) == [(True, ((0, 0), (0, 1), (0, 2)), False)]
    assert outage.next_at == after(30)


def test_the_reminder_that_ends_a_snooze_is_awaited_and_others_are_not() -> None:
    outage = Outage(Policy(reminder=minutes(30)))
    assert not outage.look(NOW).is_awaited
    assert not outage.look(after(30)).is_awaited
    outage.progress = replace(outage.progress, snoozed_until=after(40))
    assert outage.look(after(40)).is_awaited
    assert not plan(Policy(), Progress(snoozed_until=NOW), FREE, NOW).is_awaited


def test_a_policy_that_lost_its_steps_meanwhile_comes_to_its_end() -> None:
    outage = Outage(THREE)
    outage.look(NOW)
    outage.policy = Policy()
    assert outage.notified(5) == [NOTHING]
    assert outage.next_at is None


waits = st.integers(0, 60).map(minutes)
policies = st.builds(
    Policy,
    waits=st.lists(waits, max_size=5).map(tuple),
    repeats=st.integers(0, 3),
    repeat_after=st.integers(1, 60).map(minutes),
    reminder=st.none() | st.integers(5, 90).map(minutes),
)
situations = st.one_of(
    st.just(FREE),
    st.just(FREE),
    st.builds(Situation, is_acknowledged=st.booleans()),
    st.builds(Situation, is_suppressed=st.booleans(), asleep=st.frozensets(st.integers(0, 4))),
)
histories = st.lists(
    st.tuples(st.integers(0, 100), situations, st.none() | st.integers(1, 90)), max_size=40
)


def live(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> list[tuple[datetime, Situation, Progress, Plan]]:
    """Look at an incident at these distances, in these situations, with these snoozes."""
    progress, now, seen = Progress(), NOW, []
    for distance, situation, snooze in history:
        now += minutes(distance)
        if snooze is not None:
            progress = replace(progress, snoozed_until=now + minutes(snooze))
        planned = plan(policy, progress, situation, now)
        seen.append((now, situation, progress, planned))
        progress = planned.progress
    return seen


@given(policies, histories)
def test_every_step_comes_at_most_once_in_each_repetition_and_in_order(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    steps = [step for *_, planned in live(policy, history) for step in planned.steps]
    assert max(Counter(steps).values(), default=1) == 1
    assert steps == sorted(steps)
    assert all(0 <= turn <= policy.repeats and step < len(policy.waits) for turn, step in steps)


@given(policies, histories)
def test_no_step_comes_before_its_wait(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    awake = [
        (distance, replace(each, asleep=frozenset()), snooze) for distance, each, snooze in history
    ]
    last = NOW
    for now, _, _, planned in live(policy, awake):
        last = now if planned.begin else last
        for turn, step in planned.steps:
            is_first_of_repetition = turn > 0 and step == 0
            wait = policy.repeat_after if is_first_of_repetition else policy.waits[step]
            assert now - last >= wait
            last = now


@given(policies, histories)
def test_it_begins_once_and_before_all_else(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    seen = [planned for *_, planned in live(policy, history)]
    begun = [index for index, planned in enumerate(seen) if planned.begin]
    assert len(begun) <= 1
    for index, planned in enumerate(seen):
        if planned.steps or planned.remind:
            assert begun
            assert begun[0] <= index


@given(policies, histories)
def test_nothing_is_told_while_held_snoozed_acknowledged_or_over(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    for now, situation, before, planned in live(policy, history):
        snoozed = before.snoozed_until is not None and now < before.snoozed_until
        if snoozed or situation.is_suppressed or situation.is_acknowledged or situation.is_over:
            assert not planned.begin
            assert not planned.steps
            assert not planned.remind
            assert planned.progress == before


@given(policies, histories)
def test_asked_again_there_is_nothing_more_to_do(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    for now, situation, _, planned in live(policy, history):
        again = plan(policy, planned.progress, situation, now)
        assert not again.begin
        assert not again.steps
        assert not again.remind
        assert again.next_at == planned.next_at


@given(policies, histories)
def test_the_next_look_lies_ahead_and_nothing_is_due_before_it(
    policy: Policy, history: list[tuple[int, Situation, int | None]]
) -> None:
    for now, situation, _, planned in live(policy, history):
        if planned.next_at is None or situation.is_suppressed:
            continue
        assert planned.next_at > now
        just_before = planned.next_at - timedelta(seconds=1)
        early = plan(policy, planned.progress, situation, just_before)
        assert (early.begin, early.steps, early.remind) == NOTHING
        due = plan(policy, planned.progress, situation, planned.next_at)
        assert due.begin or due.steps or due.remind
