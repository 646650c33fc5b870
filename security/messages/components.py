"""The processes that exchange messages, and the tasks that each may send.

One table for signing, verifying, and the distribution of keys (`security/messages/keys.py`). What
is not in it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Component:
    sends: frozenset[str]
    """The names of tasks. They may go to any queue; the readers of the queue know its tasks."""
    reads: str = ""
    """The queue that it reads; `{region}` stands for its own."""

    def queue(self, region: str) -> str:
        return self.reads.format(region=region)


_WAKE = frozenset({"deliveries.send"})

COMPONENTS: Mapping[str, Component] = {
    "api": Component(sends=_WAKE | {"checks.test_run", "exports.run", "housekeeping.domains"}),
    "beat": Component(
        sends=frozenset(
            {
                "accounts.sweep",
                "alerting.sweep",
                "deliveries.sweep",
                "dispatch.tick",
                "exports.forget",
                "exports.sweep",
                "heartbeats.sweep",
                "housekeeping.archive",
                "housekeeping.archive_sweep",
                "housekeeping.audit_log",
                "housekeeping.billing",
                "housekeeping.billing_usage",
                "housekeeping.burn_rates",
                "housekeeping.deliveries",
                "housekeeping.domains",
                "housekeeping.expiries",
                "housekeeping.maintenance_windows",
                "housekeeping.metering",
                "housekeeping.organizations",
                "housekeeping.suspensions",
                "housekeeping.partitions",
                "housekeeping.plan_pauses",
                "housekeeping.retention",
                "housekeeping.rollups",
                "housekeeping.signing_keys",
                "housekeeping.subscriptions",
                "housekeeping.tokens",
                "test_runs.forget",
                "test_runs.sweep",
            }
        )
    ),
    "dispatch": Component(sends=_WAKE | {"checks.check"}, reads="q.dispatch"),
    "checks": Component(sends=_WAKE, reads="q.checks.{region}"),
    "notifications": Component(sends=_WAKE, reads="q.notifications"),
    "exports": Component(sends=frozenset({"exports.run"}), reads="q.exports"),
    "housekeeping": Component(sends=frozenset({"checks.test_run"}), reads="q.housekeeping"),
}

REPEATABLE = frozenset({"checks.check"})
"""Tasks whose repeats the database detects by their row. Other finished messages are recorded."""
