"""What becomes of a telling that goes on by a policy, when that is changed or another takes its place."""

from dataclasses import replace
from datetime import datetime

from domain.escalation.policy import Policy, Progress, coming


def adapted(progress: Progress, before: Policy, after: Policy, now: datetime) -> Progress:
    """Let come next what the policy says now; what was told stays told.

    Waits go on counting from when they began. Where nothing was to come any more, what was added
    counts from now. What took no step yet, and was to take none, begins by no change.
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


def begun_anew(progress: Progress, before: Policy, after: Policy, now: datetime) -> Progress:
    """Begin with the first step of another policy, whose wait counts from now.

    What was told stays told, and reminders go on counting from the one before.
    """
    if not progress.begun:
        return progress
    reminder_at = _reminder_at(progress, before, after)
    first = replace(progress, step=0, repetition=0, step_at=None, reminder_at=reminder_at)
    return coming(after, first, now)


def _reminder_at(progress: Progress, before: Policy, after: Policy) -> datetime | None:
    """Keep the beginning of the wait; the next look begins one where there was none, or ends it."""
    if progress.reminder_at is None or before.reminder is None or after.reminder is None:
        return progress.reminder_at
    return progress.reminder_at - before.reminder + after.reminder
