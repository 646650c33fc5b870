"""The effect on a running escalation when its policy is changed or replaced."""

from dataclasses import replace
from datetime import datetime

from domain.escalation.policy import Policy, Progress, coming


def adapted(progress: Progress, before: Policy, after: Policy, now: datetime) -> Progress:
    """Schedule the next step by the changed policy; steps already notified stay notified.

    Waits count from when they began. If no step was left, a new step counts from now. An escalation
    that took no step and had none to take is not started by a change.
    """
    progress = replace(progress, reminder_at=_reminder_at(progress, before, after))
    if progress.step_at is None:
        return coming(after, progress, now) if progress.step else progress
    is_next_round = progress.step == 0 and progress.repetition > 0
    if is_next_round:
        since = progress.step_at - before.repeat_after
        last = replace(progress, step=len(before.waits), repetition=progress.repetition - 1)
        return coming(after, last, since)
    if progress.step >= len(before.waits):
        return coming(after, progress, now)
    return coming(after, progress, progress.step_at - before.waits[progress.step])


def restarted(progress: Progress, before: Policy, after: Policy, now: datetime) -> Progress:
    """Start again at the first step of another policy, whose wait counts from now.

    Steps already notified stay notified. The wait for a reminder counts from the last one.
    """
    if not progress.begun:
        return progress
    reminder_at = _reminder_at(progress, before, after)
    first = replace(progress, step=0, repetition=0, step_at=None, reminder_at=reminder_at)
    return coming(after, first, now)


def _reminder_at(progress: Progress, before: Policy, after: Policy) -> datetime | None:
    """Keep the start of the wait. `plan` starts or ends it where either policy has no reminder."""
    if progress.reminder_at is None or before.reminder is None or after.reminder is None:
        return progress.reminder_at
    return progress.reminder_at - before.reminder + after.reminder
