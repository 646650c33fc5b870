"""When an incident notifies whom: by the steps of a policy, until somebody acknowledges it.

    begin ──wait──► step 1 ──wait──► step 2 … last step ──repeat_after──► step 1 … nothing more
      └──reminder──► reminder ──reminder──► reminder …

Nothing is sent while the incident is suppressed or snoozed, nor after it is acknowledged or over.
However late the plan is made, everything overdue happens once: the current step, one reminder.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An escalation policy.

    `waits` has one entry per step: the time after the previous step, or after the beginning. All
    steps run once, and then `repeats` times more.
    """

    waits: tuple[timedelta, ...] = ()
    repeats: int = 0
    repeat_after: timedelta = timedelta(minutes=30)
    reminder: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of an escalation: `step` of `repetition` is next, at `step_at`, if ever."""

    begun: bool = False
    step: int = 0
    repetition: int = 0
    step_at: datetime | None = None
    reminder_at: datetime | None = None
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The reasons not to notify now, and the indexes of steps that would wake nobody."""

    is_over: bool = False
    is_acknowledged: bool = False
    is_suppressed: bool = False
    suppressed_until: datetime | None = None
    asleep: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do now, the progress after it, and when to plan again, or None for never."""

    progress: Progress
    next_at: datetime | None = None
    begin: bool = False
    steps: tuple[tuple[int, int], ...] = ()
    """The repetition and the index of each step to take."""
    remind: bool = False
    is_awaited: bool = False
    """Whether the reminder ends a snooze. Contacts in quiet hours get it after them."""
    admit: bool = False
    """Whether to notify contacts added to the monitor's groups since the opening."""
    taken: range = range(0)
    """The indexes of the steps taken before, in this repetition or an earlier one."""


def plan(policy: Policy, progress: Progress, situation: Situation, now: datetime) -> Plan:
    """Return the plan; after it was carried out, the same call returns a plan without actions."""
    if situation.is_over or situation.is_acknowledged:
        return Plan(progress=progress)
    if situation.is_suppressed:
        return Plan(progress=progress, next_at=situation.suppressed_until)
    snoozed_until = progress.snoozed_until
    if snoozed_until is not None and now < snoozed_until:
        return Plan(progress=progress, next_at=snoozed_until)
    awake = replace(progress, snoozed_until=None)
    begin = not progress.begun
    if begin:
        awake = _begun(policy, awake, now)
    after, steps = _take_steps(policy, awake, situation.asleep, now)
    after, due = _remind(policy, after, now)
    return Plan(
        progress=after,
        next_at=min((each for each in (after.step_at, after.reminder_at) if each), default=None),
        begin=begin,
        steps=steps,
        remind=not begin and (due or snoozed_until is not None),
        is_awaited=not begin and snoozed_until is not None,
        admit=not begin,
        taken=_taken(policy, progress),
    )


def coming(
    policy: Policy, progress: Progress, since: datetime, *, nobody_woken: bool = False
) -> Progress:
    """Return the progress with the time of its step, or of the next round, counted from `since`."""
    if progress.step < len(policy.waits):
        # The step before woke nobody, so there is no reaction to wait for.
        wait = _AT_ONCE if nobody_woken else policy.waits[progress.step]
        return replace(progress, step_at=since + wait)
    if policy.waits and progress.repetition < policy.repeats:
        return replace(
            progress,
            step=0,
            repetition=progress.repetition + 1,
            step_at=since + policy.repeat_after,
        )
    return replace(progress, step_at=None)


def _taken(policy: Policy, progress: Progress) -> range:
    count = len(policy.waits)
    return range(count if progress.repetition else min(progress.step, count))


def _begun(policy: Policy, progress: Progress, now: datetime) -> Progress:
    first = now + policy.waits[0] if policy.waits else None
    return replace(progress, begun=True, step_at=first)


def _take_steps(
    policy: Policy, progress: Progress, asleep: frozenset[int], now: datetime
) -> tuple[Progress, tuple[tuple[int, int], ...]]:
    """Take the step that is due, and those that follow it without a wait."""
    taken: list[tuple[int, int]] = []
    while progress.step_at is not None and progress.step_at <= now:
        if progress.step < len(policy.waits):
            taken.append((progress.repetition, progress.step))
        following = replace(progress, step=progress.step + 1)
        progress = coming(policy, following, now, nobody_woken=progress.step in asleep)
    return progress, tuple(taken)


def _remind(policy: Policy, progress: Progress, now: datetime) -> tuple[Progress, bool]:
    """Return whether a reminder is due. The next one counts from now, however late this one is."""
    if policy.reminder is None:
        return replace(progress, reminder_at=None), False
    due = progress.reminder_at is not None and progress.reminder_at <= now
    if due or progress.reminder_at is None:
        return replace(progress, reminder_at=now + policy.reminder), due
    return progress, False
