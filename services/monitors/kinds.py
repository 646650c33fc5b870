"""The kinds of monitor: those that a probe looks at, and heartbeats, whose jobs report themselves."""

from domain.evaluation import heartbeat
from probes.base import KindSettings
from probes.registry import KINDS
from services.heartbeats.settings import HeartbeatSettings

SETTINGS: dict[str, type[KindSettings]] = {
    **{name: kind.settings for name, kind in KINDS.items()},
    heartbeat.KIND: HeartbeatSettings,
}
"""What may be set for each kind of monitor."""
