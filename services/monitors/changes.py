"""What a change makes of the values of a monitor, before anybody judges whether they can be taken."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from domain.evaluation import heartbeat
from services.errors import Invalid
from services.monitors.values import MonitorValues


def applied(before: MonitorValues, changes: Mapping[str, Any]) -> MonitorValues:
    """Lay the changes over the values; given settings are laid over those that there are."""
    after = replace(before, **_with_merged_settings(before, _with_window(before, changes)))
    _refuse_other_nature(before, after)
    return after


def names(before: MonitorValues, after: MonitorValues) -> list[str]:
    """Return the fields that have another value than before, without `paused`, which is told by itself."""
    return [
        field.name
        for field in fields(MonitorValues)
        if field.name != "paused"
        and _plain(getattr(before, field.name)) != _plain(getattr(after, field.name))
    ]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else value


def _with_window(before: MonitorValues, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let failures that had to be consecutive stay so when their number changes."""
    consecutive = before.confirmation_window == before.confirmations
    return {"confirmation_window": None, **changes} if consecutive else changes


def _with_merged_settings(before: MonitorValues, changes: Mapping[str, Any]) -> dict[str, Any]:
    if changes.get("kind", before.kind) != before.kind:
        return {"settings": {}, **changes}
    return {**changes, "settings": {**before.settings, **changes.get("settings", {})}}


def _refuse_other_nature(before: MonitorValues, after: MonitorValues) -> None:
    if before.kind != after.kind and heartbeat.KIND in {before.kind, after.kind}:
        problem = "A heartbeat stays one, and nothing else becomes one. Create a new monitor."
        raise Invalid({"kind": [problem]})
