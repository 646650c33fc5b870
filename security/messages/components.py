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
    "api": Component(sends=_WAKE | {"checks.test_run", "exports.run"}),
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
                "maintenance.archive",
                "maintenance.archive_sweep",
                "maintenance.burn_rates",
                "maintenance.deliveries",
                "maintenance.expiries",
                "maintenance.organizations",
                "maintenance.partitions",
                "maintenance.rollups",
                "maintenance.signing_keys",
                "maintenance.subscriptions",
                "maintenance.tokens",
                "maintenance.audit_log",
                "maintenance.upkeep",
                "maintenance.windows",
                "test_runs.forget",
                "test_runs.sweep",
            }
        )
    ),
    "dispatch": Component(sends=_WAKE | {"checks.check"}, reads="q.dispatch"),
    "checks": Component(sends=_WAKE, reads="q.checks.{region}"),
    "notifications": Component(sends=_WAKE, reads="q.notifications"),
    "exports": Component(sends=frozenset({"exports.run"}), reads="q.exports"),
    "maintenance": Component(sends=frozenset({"checks.test_run"}), reads="q.maintenance"),
}

REPEATABLE = frozenset({"checks.check"})
"""Tasks whose repeats the database detects by their row. Other finished messages are recorded."""
