"""What a change of a monitor may contain."""

import uuid
from collections.abc import Mapping
from typing import Any, TypedDict

from models.monitor import Backoff


class MonitorChanges(TypedDict, total=False):
    """The fields of `MonitorValues` to change. A missing one stays as it is.

    Given settings are merged into the current ones, unless the kind changes.
    """

    name: str
    url: str | None
    kind: str
    settings: Mapping[str, Any]
    tags: list[str]
    interval_seconds: int | None
    timeout_seconds: int | None
    latency_threshold_ms: int | None
    regions: list[str] | None
    confirmations: int | None
    confirmation_window: int | None
    recheck_seconds: int | None
    recheck_backoff: Backoff
    recoveries: int
    quorum: int | None
    alert_on_degraded: bool
    flap_changes: int | None
    flap_window_seconds: int
    contact_group_ids: list[uuid.UUID]
    escalation_policy_id: uuid.UUID | None
    reminder_minutes: int | None
    expiry_days: list[int]
    credential_ids: list[uuid.UUID]
    parent_ids: list[uuid.UUID]
    project_id: uuid.UUID | None
    paused: bool
