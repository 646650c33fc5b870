"""What a user says of a monitor, and whether it can be taken."""

import uuid
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from domain.slots import LONGEST_TIMEOUT
from probes import registry
from services.errors import Invalid

_USUAL_TIMEOUT = 10
_PROBED = ("kind", "url", "settings", "timeout_seconds", "latency_threshold_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorValues:
    """A timeout that is not given is 10 seconds, or less where the interval is that short."""

    name: str
    url: str
    kind: str = "http"
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    interval_seconds: int = 60
    timeout_seconds: int | None = None
    latency_threshold_ms: int | None = None
    confirmations: int = 2
    recheck_seconds: int = 10
    recoveries: int = 1
    contact_group_ids: list[uuid.UUID] = field(default_factory=list)
    paused: bool = False

    def columns(self) -> dict[str, Any]:
        """Return what is stored as it is, by the name of its column."""
        return {name: getattr(self, name) for name in COLUMNS}

    def probes_otherwise(self, before: "MonitorValues") -> bool:
        """Tell whether what is probed, or how it is judged, is not what it was before."""
        return any(getattr(self, name) != getattr(before, name) for name in _PROBED)


COLUMNS = tuple(
    name
    for name in MonitorValues.__dataclass_fields__
    if name not in {"contact_group_ids", "paused"}
)


def checked(values: MonitorValues, known_groups: Container[uuid.UUID]) -> MonitorValues:
    """Return the values as they are stored; raises `Invalid` naming every field that is wrong."""
    kind = registry.KINDS.get(values.kind)
    if kind is None:
        raise Invalid({"kind": [f"Must be one of: {', '.join(registry.KINDS)}."]})
    timeout = values.timeout_seconds or min(_USUAL_TIMEOUT, values.interval_seconds - 1)
    problems = _timeout_problems(timeout, values.interval_seconds)
    problems |= _group_problems(values.contact_group_ids, known_groups)
    url, settings = values.url, values.settings
    try:
        url = kind.validate_url(values.url)
    except ValueError as error:
        problems["url"] = [str(error)]
    try:
        settings = kind.settings.model_validate(values.settings).model_dump(mode="json")
    except ValidationError as error:
        problems |= _setting_problems(error)
    if problems:
        raise Invalid(problems)
    return replace(
        values,
        url=url,
        settings=settings,
        timeout_seconds=timeout,
        tags=list(dict.fromkeys(values.tags)),
        contact_group_ids=list(dict.fromkeys(values.contact_group_ids)),
    )


def _timeout_problems(timeout: int, interval: int) -> dict[str, list[str]]:
    if timeout > LONGEST_TIMEOUT:
        return {"timeout_seconds": [f"Must be at most {LONGEST_TIMEOUT} seconds."]}
    if timeout >= interval:
        return {"timeout_seconds": ["Must be less than the interval."]}
    return {}


def _group_problems(
    wanted: Iterable[uuid.UUID], known: Container[uuid.UUID]
) -> dict[str, list[str]]:
    missing = [f"There is no contact group {each}." for each in wanted if each not in known]
    return {"contact_group_ids": missing} if missing else {}


def _setting_problems(error: ValidationError) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(["settings", *map(str, each["loc"])])
        problems.setdefault(path, []).append(each["msg"].removeprefix("Value error, "))
    return problems
