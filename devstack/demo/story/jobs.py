"""The jobs of the story: one whose last run never came, and one that is well."""

from datetime import UTC, datetime, time, timedelta
from random import Random

from devstack.demo.story.failures import exited, missed
from devstack.demo.story.past import DAY, DAYS, HOUR, Outage, Run, Watched

_GRACE = timedelta(minutes=30)
_NIGHT = time(2, tzinfo=UTC)
_BROKEN_NIGHT, _BROKEN_CODE = 8, 2
"""The night of the failed backup, counted back from the missed one, and its exit code."""


def nightly(random: Random, now: datetime) -> Watched:
    """Return the job whose last run never came: it ran every night, and failed once."""
    due = datetime.combine(now, _NIGHT)
    if due + _GRACE > now - timedelta(minutes=5):
        due -= DAY
    runs = [
        _run(random, due - day * DAY, _BROKEN_CODE if day == _BROKEN_NIGHT else 0)
        for day in range(DAYS - 2, 0, -1)
    ]
    failed, repaired = runs[-_BROKEN_NIGHT], runs[1 - _BROKEN_NIGHT]
    return Watched(
        name="nightly-backup",
        kind="heartbeat",
        settings={"cron": "0 2 * * *", "grace_seconds": int(_GRACE.total_seconds())},
        tags=("jobs",),
        is_urgent=True,
        runs=runs,
        outages=(
            Outage(
                start=failed.end,
                end=repaired.end,
                failure=exited(_BROKEN_CODE),
                acknowledged_at=failed.end + 5 * HOUR,
                note="The disk of the backup server was full. Tonight's run has room again.",
            ),
            Outage(start=due + _GRACE, end=None, failure=missed(runs[-1].end, due + _GRACE)),
        ),
    )


def weekly(random: Random, now: datetime) -> Watched:
    """Return the job that is well: its next run is days ahead."""
    last = datetime.combine(now - DAY, time(6, tzinfo=UTC))
    weeks = range((DAYS - 2) // 7, -1, -1)
    weekday = (last.weekday() + 1) % 7
    return Watched(
        name="invoice-export",
        kind="heartbeat",
        settings={"cron": f"0 6 * * {weekday}", "grace_seconds": 3600},
        tags=("jobs", "payments"),
        runs=[_run(random, last - week * 7 * DAY, 0) for week in weeks],
    )


def _run(random: Random, due: datetime, exit_code: int) -> Run:
    start = due + timedelta(seconds=random.uniform(1, 9))
    return Run(start, start + timedelta(minutes=random.uniform(6, 14)), exit_code)
