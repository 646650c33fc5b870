"""The values of a monitor as a user gives them, and their validation."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from domain.evaluation import heartbeat
from domain.evaluation.slots import LONGEST_TIMEOUT
from domain.expiry import USUAL_DAYS
from models.monitor import USUAL_FLAP_CHANGES, USUAL_FLAP_WINDOW, Backoff
from probes import registry
from services import credential_origins
from services.dependencies import dependencies
from services.errors import Invalid
from services.monitors import bounds, kind_settings
from services.monitors import kinds as monitor_kinds
from services.monitors import relations as monitor_relations
from services.monitors.changes import MonitorChanges
from services.monitors.relations import Known
from services.projects import projects

_USUAL_INTERVAL = 60
_USUAL_TIMEOUT = 10
_USUAL_RECHECK = 10
_USUAL_SLO_DAYS = 30
OF_PROBES = {
    "url": "",
    "interval_seconds": _USUAL_INTERVAL,
    "timeout_seconds": _USUAL_TIMEOUT,
    "recheck_seconds": _USUAL_RECHECK,
    "latency_threshold_ms": None,
}
"""The fields that do not apply to a heartbeat, and the values stored for it."""
PROBED = (
    "kind",
    "url",
    "settings",
    "regions",
    "timeout_seconds",
    "latency_threshold_ms",
    "credential_ids",
)
"""What is probed, and how it is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorValues:
    """A missing value gets its default, which may depend on the kind and the interval.

    The timeout is 10 seconds, or less if the interval is shorter. Two failures in a row make an
    outage; one for a heartbeat, whose grace period already waits. The default is one region.
    """

    name: str
    url: str | None = None
    kind: str = "http"
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    interval_seconds: int | None = None
    timeout_seconds: int | None = None
    latency_threshold_ms: int | None = None
    regions: list[str] | None = None
    confirmations: int | None = None
    confirmation_window: int | None = None
    recheck_seconds: int | None = None
    recheck_backoff: Backoff = Backoff.FIXED
    recoveries: int = 1
    quorum: int | None = None
    alert_on_degraded: bool = False
    flap_changes: int | None = USUAL_FLAP_CHANGES
    flap_window_seconds: int = USUAL_FLAP_WINDOW
    contact_group_ids: list[uuid.UUID] = field(default_factory=list)
    escalation_policy_id: uuid.UUID | None = None
    reminder_minutes: int | None = None
    expiry_days: list[int] = field(default_factory=lambda: list(USUAL_DAYS))
    credential_ids: list[uuid.UUID] = field(default_factory=list)
    parent_ids: list[uuid.UUID] = field(default_factory=list)
    project_id: uuid.UUID | None = None
    paused: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the values stored unchanged, by the name of their column."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(
    name
    for name in MonitorValues.__dataclass_fields__
    if name
    not in {
        "regions",
        "contact_group_ids",
        "escalation_policy_id",
        "credential_ids",
        "parent_ids",
        "project_id",
        "paused",
    }
)


def checked(values: MonitorValues, known: Known) -> MonitorValues:
    """Return the values as they are stored. Raise `Invalid` with every invalid field."""
    if values.kind not in monitor_kinds.SETTINGS:
        raise Invalid({"kind": [f"Must be one of: {', '.join(monitor_kinds.SETTINGS)}."]})
    whole = _with_usual_values(values, known)
    problems = _timeout_problems(whole) if _is_probe(values) else _out_of_place(values)
    given = {field.name: getattr(values, field.name) for field in fields(values)}
    problems = bounds.problems(given) | problems | _problems(whole, known)
    read: dict[str, Any] = {}
    for name, reader in (("url", _url), ("settings", partial(_settings, known=known))):
        try:
            read[name] = reader(whole)
        except Invalid as invalid:
            problems |= invalid.problems
    if "url" in read:
        problems = _origin_problems(read["url"], whole, known) | problems
    if read.get("settings", {}).get("verify_tls") is False:
        problems |= _trust_problems(whole, known)
    if problems:
        raise Invalid(problems)
    return replace(whole, **read)


def _with_usual_values(values: MonitorValues, known: Known) -> MonitorValues:
    return replace(
        values,
        interval_seconds=_interval(values),
        timeout_seconds=_timeout(values),
        regions=list(dict.fromkeys(values.regions or [known.usual_region])),
        confirmations=_confirmations(values),
        confirmation_window=values.confirmation_window or _confirmations(values),
        recheck_seconds=values.recheck_seconds or _USUAL_RECHECK,
        tags=list(dict.fromkeys(values.tags)),
        expiry_days=sorted(set(values.expiry_days), reverse=True),
        contact_group_ids=list(dict.fromkeys(values.contact_group_ids)),
        credential_ids=list(dict.fromkeys(values.credential_ids)),
        parent_ids=list(dict.fromkeys(values.parent_ids)),
    )


def _is_probe(values: MonitorValues) -> bool:
    return values.kind != heartbeat.KIND


def _interval(values: MonitorValues) -> int:
    return values.interval_seconds or _USUAL_INTERVAL


def _timeout(values: MonitorValues) -> int:
    return values.timeout_seconds or min(_USUAL_TIMEOUT, _interval(values) - 1)


def _confirmations(values: MonitorValues) -> int:
    return values.confirmations or (2 if _is_probe(values) else 1)


def _url(values: MonitorValues) -> str:
    if not _is_probe(values):
        return ""
    try:
        return registry.KINDS[values.kind].validate_url(values.url or "")
    except ValueError as error:
        raise Invalid({"url": [str(error)]}) from error


def _settings(values: MonitorValues, known: Known) -> dict[str, Any]:
    keys = known.credentials
    own = [keys[each] for each in values.credential_ids if each in keys]
    return kind_settings.read(values.kind, values.settings, own)


def _problems(values: MonitorValues, known: Known) -> dict[str, list[str]]:
    return (
        monitor_relations.problems(
            values.kind, values.contact_group_ids, values.credential_ids, known
        )
        | dependencies.problems(values.parent_ids, known.parents)
        | _policy_problems(values, known)
        | _project_problems(values, known)
        | _region_problems(values, known)
        | _window_problems(values)
    )


def _origin_problems(url: str, values: MonitorValues, known: Known) -> dict[str, list[str]]:
    """Return which credentials may not go to the URL. Of another scheme they have a problem."""
    keys = [known.credentials[each] for each in values.credential_ids if each in known.credentials]
    if not {each.scheme for each in keys} <= registry.schemes_of(values.kind):
        return {}
    return credential_origins.problems(
        url, values.credential_ids, known.credentials, may_name=known.may_name_origins
    )


def _trust_problems(values: MonitorValues, known: Known) -> dict[str, list[str]]:
    """Return the secrets that may not go to an unverified server; earlier permissions remain."""
    new = [each for each in values.credential_ids if each not in known.unverified]
    return credential_origins.trust_problems(
        new, known.credentials, may_name=known.may_name_origins
    )


def _out_of_place(values: MonitorValues) -> dict[str, list[str]]:
    """Return the fields that do not apply to a heartbeat."""
    return {
        name: ["Not available for a heartbeat."]
        for name, stored in OF_PROBES.items()
        if getattr(values, name) not in (None, stored)
    }


def _region_problems(values: MonitorValues, known: Known) -> dict[str, list[str]]:
    regions = values.regions or []
    if not _is_probe(values) and (len(regions) > 1 or values.quorum is not None):
        return {"regions": ["Not available for a heartbeat: its job sends the pings."]}
    unknown = [f"There is no region {each}." for each in regions if each not in known.regions]
    if unknown:
        return {"regions": unknown}
    if values.quorum is not None and values.quorum > len(regions):
        return {"quorum": ["Must be at most the number of regions."]}
    return {}


def _policy_problems(values: MonitorValues, known: Known) -> dict[str, list[str]]:
    named = values.escalation_policy_id
    if named is None or named in known.policies:
        return {}
    return {"escalation_policy_id": [f"There is no escalation policy {named}."]}


def _project_problems(values: MonitorValues, known: Known) -> dict[str, list[str]]:
    named = values.project_id
    if named is None:
        return {"project_id": [projects.NEEDED]} if known.needs_project else {}
    return {} if named in known.projects else {"project_id": [f"There is no project {named}."]}


def _window_problems(values: MonitorValues) -> dict[str, list[str]]:
    if (values.confirmation_window or 0) < _confirmations(values):
        return {"confirmation_window": ["Must be at least the number of confirmations."]}
    return {}


def _timeout_problems(values: MonitorValues) -> dict[str, list[str]]:
    if _timeout(values) > LONGEST_TIMEOUT:
        return {"timeout_seconds": [f"Must be at most {LONGEST_TIMEOUT} seconds."]}
    if _timeout(values) >= _interval(values):
        return {"timeout_seconds": ["Must be less than the interval."]}
    return {}


def with_changes(before: MonitorValues, changes: MonitorChanges) -> MonitorValues:
    """Apply the changes to the values; given settings are merged into the current ones."""
    after = replace(before, **_with_merged_settings(before, _with_window(before, changes)))
    _refuse_other_nature(before, after)
    return after


def changed_names(before: MonitorValues, after: MonitorValues) -> list[str]:
    """Return the names of the changed fields, without `paused`, which has its own event."""
    return [
        field.name
        for field in fields(MonitorValues)
        if field.name != "paused"
        and _plain(getattr(before, field.name)) != _plain(getattr(after, field.name))
    ]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else value


def _with_window(before: MonitorValues, changes: MonitorChanges) -> MonitorChanges:
    """Keep failures consecutive, if they were, when their number changes."""
    consecutive = before.confirmation_window == before.confirmations
    return {"confirmation_window": None, **changes} if consecutive else changes


def _with_merged_settings(before: MonitorValues, changes: MonitorChanges) -> MonitorChanges:
    if changes.get("kind", before.kind) != before.kind:
        return {"settings": {}, **changes}
    return {**changes, "settings": {**before.settings, **changes.get("settings", {})}}


def _refuse_other_nature(before: MonitorValues, after: MonitorValues) -> None:
    if before.kind != after.kind and heartbeat.KIND in {before.kind, after.kind}:
        problem = "No monitor can become a heartbeat, or stop being one. Create a new monitor."
        raise Invalid({"kind": [problem]})
