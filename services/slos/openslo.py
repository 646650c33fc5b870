"""SLOs as OpenSLO documents (https://github.com/OpenSLO/OpenSLO, version `openslo/v1`).

The metric source is this service, so a document of another source is refused.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.orm import Session

from domain.analytics.slo_period import CalendarUnit
from models.slo import Indicator
from services.errors import Invalid
from services.slos import slos
from services.slos.values import LONGEST_NAME, LONGEST_TAG, TARGET_PERCENT, SloValues
from services.slos.views import SloView

LARGEST = 32_768
"""The most characters of a document."""
MOST = 50
"""The most SLOs of a document."""

SOURCE = "downtime-monitor"
_VERSION = "openslo/v1"
_UNITS = {CalendarUnit.WEEK: "1w", CalendarUnit.MONTH: "1M", CalendarUnit.QUARTER: "1Q"}
_DAYS_OF = {"d": 1, "w": 7}
_ROLLING = re.compile(r"([1-9][0-9]{0,2})([dw])")
# A Monday that begins a week, a month and a quarter.
_BEGIN = "2024-01-01 00:00:00"
_DIGITS = 9
_LONGEST_SLUG = 63


class _Metric(BaseModel):
    indicator: Indicator
    threshold_ms: int | None = None
    monitor_id: uuid.UUID | None = None
    tag: str | None = Field(default=None, min_length=1, max_length=LONGEST_TAG)


class _Source(BaseModel):
    type: Literal["downtime-monitor"]
    spec: _Metric


class _Sourced(BaseModel):
    source: _Source = Field(alias="metricSource")


class _Ratio(BaseModel):
    good: _Sourced


class _IndicatorSpec(BaseModel):
    ratio: _Ratio = Field(alias="ratioMetric")


class _Sli(BaseModel):
    spec: _IndicatorSpec


class _Calendar(BaseModel):
    start: datetime | date | str = Field(alias="startTime")
    zone: str = Field(alias="timeZone", max_length=100)


class _Window(BaseModel):
    duration: str
    is_rolling: bool = Field(alias="isRolling")
    calendar: _Calendar | None = None


class _Objective(BaseModel):
    target: float = Field(ge=TARGET_PERCENT[0] / 100, le=TARGET_PERCENT[1] / 100)


class _Annotations(BaseModel):
    """What OpenSLO has no field for. Annotations of others are ignored."""

    zone: str | None = Field(default=None, alias="downtime-monitor/time-zone", max_length=100)
    groups: str = Field(default="", alias="downtime-monitor/contact-groups", max_length=1000)

    @property
    def group_ids(self) -> list[uuid.UUID]:
        """Return the contact groups. Raise `ValueError` if one of them is no id."""
        try:
            return [uuid.UUID(each.strip()) for each in self.groups.split(",") if each.strip()]
        except ValueError as error:
            raise ValueError("Contact groups are ids between commas.") from error


class _Metadata(BaseModel):
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    title: str | None = Field(
        default=None, alias="displayName", min_length=1, max_length=LONGEST_NAME
    )
    annotations: _Annotations = Field(default_factory=_Annotations)


class _Spec(BaseModel):
    indicator: _Sli
    windows: list[_Window] = Field(alias="timeWindow", min_length=1, max_length=1)
    objectives: list[_Objective] = Field(min_length=1, max_length=1)


class _Document(BaseModel):
    version: Literal["openslo/v1"] = Field(alias="apiVersion")
    kind: Literal["SLO"]
    metadata: _Metadata
    spec: _Spec


class _Loader(yaml.SafeLoader):
    """A loader of plain values. Aliases are refused: a few lines of them expand without bound."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - PyYAML's
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("An alias is not allowed.")
        return super().compose_node(parent, index)


def written(views: Sequence[SloView]) -> str:
    """Return SLOs as a YAML stream, one document for each."""
    documents = [_document(view) for view in views]
    text: str = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    return text


def create(session: Session, organization_id: int, text: str, *, now: datetime) -> list[SloView]:
    """Create the SLOs of a YAML stream, all or none. Raise `Invalid` with what is wrong."""
    return [slos.create(session, organization_id, each, now=now) for each in read(text)]


def read(text: str) -> list[SloValues]:
    """Return the SLOs of a YAML stream. Raise `Invalid` with what is wrong in which document."""
    if len(text) > LARGEST:
        raise _invalid(f"Must have at most {LARGEST} characters.")
    found = [each for each in _loaded(text) if each is not None]
    if not 1 <= len(found) <= MOST:
        raise _invalid(f"Must have between 1 and {MOST} SLOs.")
    return [_read(number, each) for number, each in enumerate(found, 1)]


def _loaded(text: str) -> list[Any]:
    try:
        return list(yaml.load_all(text, Loader=_Loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = getattr(error, "problem", None) or "It cannot be read."
        raise _invalid(f"Must be YAML without aliases: {problem}") from error


def _read(number: int, document: object) -> SloValues:
    try:
        found = _Document.model_validate(document)
        metric = found.spec.indicator.spec.ratio.good.source.spec
        annotations = found.metadata.annotations
        return SloValues(
            name=found.metadata.title or found.metadata.name,
            target_percent=round(found.spec.objectives[0].target * 100, _DIGITS),
            indicator=metric.indicator,
            threshold_ms=metric.threshold_ms,
            monitor_id=metric.monitor_id,
            tag=metric.tag,
            contact_group_ids=annotations.group_ids,
            **_period(found.spec.windows[0], annotations.zone),
        )
    except ValidationError as error:
        raise _invalid(*_sentences(number, error)) from error
    except ValueError as error:
        raise _invalid(f"SLO {number}: {error}") from error


def _period(window: _Window, zone: str | None) -> Mapping[str, Any]:
    """Return the period of a window. Raise `ValueError` with a sentence.

    `zone` is that of the days of a rolling period, for which OpenSLO has no field.
    """
    if window.is_rolling:
        match = _ROLLING.fullmatch(window.duration)
        if match is None:
            raise ValueError("Use days or weeks, such as 30d.")
        days = int(match[1]) * _DAYS_OF[match[2]]
        return {"rolling_days": days, **({"time_zone": zone} if zone else {})}
    unit = next((unit for unit, text in _UNITS.items() if text == window.duration), None)
    if unit is None or window.calendar is None:
        raise ValueError("A period of the calendar is 1w, 1M or 1Q, with a calendar.")
    start = window.calendar.start
    begin = start if isinstance(start, datetime) else datetime.fromisoformat(str(start))
    if begin.time() != datetime.min.time() or unit.first_day(begin.date()) != begin.date():
        raise ValueError("Weeks begin on Monday, months and quarters on their first day.")
    return {"calendar": unit, "time_zone": window.calendar.zone}


def _sentences(number: int, error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(map(str, each["loc"])) or "document"
        yield f"SLO {number}, {path}: {each['msg']}."


def _document(view: SloView) -> Mapping[str, Any]:
    slo = view.slo
    name = _slug(slo.name)
    return {
        "apiVersion": _VERSION,
        "kind": "SLO",
        "metadata": {"name": name, "displayName": slo.name, "annotations": _annotations(view)},
        "spec": {
            "service": _slug(view.monitor_name or slo.tag or "all"),
            "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": _ratio(view)}},
            "timeWindow": [_window(view)],
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": round(slo.target_percent / 100, _DIGITS + 2)}],
        },
    }


def _annotations(view: SloView) -> Mapping[str, str]:
    found = {f"{SOURCE}/time-zone": view.slo.time_zone}
    if view.contact_group_ids:
        found[f"{SOURCE}/contact-groups"] = ",".join(map(str, view.contact_group_ids))
    return found


def _ratio(view: SloView) -> Mapping[str, Any]:
    slo = view.slo
    metric = {
        "indicator": slo.indicator.value,
        "threshold_ms": slo.threshold_ms,
        "monitor_id": None if view.monitor_id is None else str(view.monitor_id),
        "tag": slo.tag,
    }
    given = {name: value for name, value in metric.items() if value is not None}
    return {
        "counter": True,
        "good": {"metricSource": {"type": SOURCE, "spec": {**given, "count": "good"}}},
        "total": {"metricSource": {"type": SOURCE, "spec": {**given, "count": "total"}}},
    }


def _window(view: SloView) -> Mapping[str, Any]:
    slo = view.slo
    if slo.calendar is None:
        return {"duration": f"{slo.rolling_days}d", "isRolling": True}
    return {
        "duration": _UNITS[slo.calendar],
        "isRolling": False,
        "calendar": {"startTime": _BEGIN, "timeZone": slo.time_zone},
    }


def _slug(text: str) -> str:
    """Return a name of the characters that OpenSLO allows (RFC 1123)."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return slug or "slo"


def _invalid(*sentences: str) -> Invalid:
    return Invalid({"document": list(sentences)})
