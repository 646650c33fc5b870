"""The roles of Postgres that each component's login has: `migrations/baseline/15_grants.sql` has their rights."""

from collections.abc import Mapping

RIGHTS: Mapping[str, tuple[str, ...]] = {
    # A request of an operator gives up the rights of the API for those of an operator.
    "api": ("downtime_api", "downtime_operator"),
    "dispatch": ("downtime_dispatch",),
    "checks": ("downtime_checks",),
    "notifications": ("downtime_notifications",),
    "housekeeping": ("downtime_housekeeping",),
    "exports": ("downtime_exports",),
    "live": ("downtime_live",),
}
"""Components that are not here do not use the database, and cannot log in."""
