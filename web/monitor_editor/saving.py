"""Create and change monitors within the limits of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from probes import registry
from server.identity.principal import Call
from server.limits import egress, rate_limits
from server.resources import resources
from services.errors import Invalid
from services.monitors import addresses, monitors
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from services.monitors.views import MonitorView


def create(call: Call, values: MonitorValues) -> MonitorView:
    """Create a monitor. Raise `Invalid`, `Conflict`, `Forbidden` or `TooMany`."""
    refuse_unreachable(values.url, values.settings)
    made = monitors.create(
        call.session,
        call.organization_id,
        values,
        ring=resources().ring,
        now=call.now,
        own=call.principal.permissions,
    )
    rate_limits.spend_messages(call)
    return made


def change(call: Call, monitor_id: UUID, changes: MonitorChanges) -> MonitorView:
    """Change the given values of a monitor."""
    refuse_unreachable(changes.get("url"), changes.get("settings", {}))
    changed = monitors.change(
        call.session,
        call.organization_id,
        monitor_id,
        changes,
        now=call.now,
        own=call.principal.permissions,
    )
    rate_limits.spend_messages(call)
    return changed


def with_line_breaks(before: MonitorValues, changes: MonitorChanges) -> MonitorChanges:
    """Return the changes with the line breaks of stored settings: browsers send all in one way."""
    settings = {
        name: before.settings[name] if _is_same_text(before.settings.get(name), value) else value
        for name, value in changes["settings"].items()
    }
    return {**changes, "settings": settings}


def of_kind(before: MonitorValues, kind: str, changes: MonitorChanges) -> MonitorChanges:
    """Return the changes to a kind: one that takes no credentials gives them up."""
    if kind == before.kind:
        return changes
    found: MonitorChanges = {**changes, "kind": kind}
    if before.credential_ids and not registry.schemes_of(kind):
        found["credential_ids"] = []
    return found


def _is_same_text(stored: object, typed: object) -> bool:
    return (
        isinstance(stored, str) and isinstance(typed, str) and stored.replace("\r\n", "\n") == typed
    )


def quick(call: Call, address: str, *, contact_group_ids: Sequence[UUID] = ()) -> MonitorView:
    """Create a monitor for an address as people write it: a URL, `host:port`, a host to ping.

    It is checked every minute. Raise `Invalid` with the key `address`.
    """
    try:
        values = addresses.guessed(address)
        return create(call, replace(values, contact_group_ids=list(contact_group_ids)))
    except Invalid as invalid:
        texts = [text for texts in invalid.problems.values() for text in texts]
        raise Invalid({"address": texts}) from invalid


def refuse_unreachable(url: str | None, settings: Mapping[str, Any]) -> None:
    """Raise `Invalid` for an address that no probe may reach."""
    if url:
        egress.refuse_unreachable(url)
    egress.refuse_unreachable_steps(settings)
