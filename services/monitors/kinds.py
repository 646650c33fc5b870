"""The kinds of monitor: those of the probes, and heartbeats."""

from domain.evaluation import heartbeat
from probes.base import KindSettings
from probes.registry import KINDS
from services.heartbeats.settings import HeartbeatSettings

SETTINGS: dict[str, type[KindSettings]] = {
    **{name: kind.settings for name, kind in KINDS.items()},
    heartbeat.KIND: HeartbeatSettings,
}
"""The settings of each kind of monitor."""
