"""The documents of exports: their columns, and their JSON Schemas at `/api/v1/schemas`.

The version in a name increases when a column is removed or changes its meaning. New columns are
added at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from models.incident import Resolution

Value = str | int | float | datetime | date | None
Row = Mapping[str, Value]
"""A row by the names of its columns."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Kind(StrEnum):
    """The type of a column; each format has its own representation."""

    TEXT = "text"
    ID = "id"
    TIME = "time"
    DATE = "date"
    WHOLE = "whole"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    description: str
    nullable: bool = False
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document and its columns.

    `schema` is the name of its JSON Schema. A part ends within a minute after `part_rows` rows.
    """

    name: str
    schema: str
    description: str
    columns: Sequence[Column]
    part_rows: int


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


_MONITOR = (
    Column("monitor_id", Kind.ID, "The id of the monitor in the API."),
    Column("monitor_name", Kind.TEXT, "The name of the monitor when the export was made."),
)
_CAUSES = _words(cause.word for cause in Cause)

CHECKS = Document(
    "checks",
    "export.checks.v1",
    "One check of a monitor in one region, ordered by monitor and time.",
    (
        *_MONITOR,
        Column("checked_at", Kind.TIME, "The time at which the check was due, to the second."),
        Column("region", Kind.TEXT, "The region that made the check."),
        Column("outcome", Kind.TEXT, "The outcome of the check.", values=_words(Outcome)),
        Column("cause", Kind.TEXT, "The cause of the outcome.", values=_CAUSES),
        Column("detail", Kind.TEXT, "The outcome in words. Empty if there is nothing to report."),
        Column(
            "http_status",
            Kind.WHOLE,
            "The HTTP status. Null without an HTTP answer.",
            nullable=True,
        ),
        Column(
            "lateness_ms", Kind.WHOLE, "Milliseconds from `checked_at` to the start of the probe."
        ),
        Column("dns_ms", Kind.WHOLE, "Milliseconds of the DNS lookup. 0 if there was none."),
        Column("connect_ms", Kind.WHOLE, "Milliseconds until the connection was established."),
        Column("tls_ms", Kind.WHOLE, "Milliseconds of the TLS handshake."),
        Column("first_byte_ms", Kind.WHOLE, "Milliseconds until the first byte of the answer."),
        Column("total_ms", Kind.NUMBER, "Milliseconds of the whole check."),
    ),
    part_rows=100_000,
)
INCIDENTS = Document(
    "incidents",
    "export.incidents.v1",
    "One outage that overlaps the period, ordered by its start.",
    (
        Column("id", Kind.ID, "The id of the incident in the API."),
        *_MONITOR,
        Column("severity", Kind.TEXT, "The severity of the incident.", values=_words(Severity)),
        Column(
            "started_at",
            Kind.TIME,
            "The time of the first failing check of the run that confirmed the outage.",
        ),
        Column("confirmed_at", Kind.TIME, "The time at which the outage was confirmed."),
        Column(
            "ended_at",
            Kind.TIME,
            "The time of the recovery. Null while the incident is open.",
            nullable=True,
        ),
        Column(
            "duration_seconds",
            Kind.NUMBER,
            "The duration in seconds. Null while the incident is open.",
            nullable=True,
        ),
        Column(
            "resolution",
            Kind.TEXT,
            "How the incident ended. Null while it is open.",
            nullable=True,
            values=_words(Resolution),
        ),
        Column("cause", Kind.TEXT, "The cause that the confirming check found.", values=_CAUSES),
        Column("detail", Kind.TEXT, "The cause in words."),
        Column(
            "acknowledged_at",
            Kind.TIME,
            "The time of the acknowledgement. Null if there is none.",
            nullable=True,
        ),
        Column(
            "acknowledged_by",
            Kind.TEXT,
            "The name of the user, machine or recipient that acknowledged. Null if there is none.",
            nullable=True,
        ),
    ),
    part_rows=100_000,
)
DAILY = Document(
    "daily",
    "export.daily.v1",
    "The metrics of one monitor on one day (UTC) on which it was monitored.",
    (
        *_MONITOR,
        Column("date", Kind.DATE, "The day, cut to the period of the export."),
        Column("monitored_seconds", Kind.NUMBER, "The sum of the next four columns."),
        Column("up_seconds", Kind.NUMBER, "Seconds up."),
        Column("down_seconds", Kind.NUMBER, "Seconds down, in confirmed outages only."),
        Column("unknown_seconds", Kind.NUMBER, "Seconds for which nothing is known."),
        Column("maintenance_seconds", Kind.NUMBER, "Seconds in maintenance windows."),
        Column(
            "availability_percent",
            Kind.NUMBER,
            "100 · up / (up + down). Null if both are 0.",
            nullable=True,
        ),
        Column("incidents_started", Kind.WHOLE, "The number of outages that began on that day."),
        Column(
            "checks_passed",
            Kind.WHOLE,
            "The number of checks that passed, from which the latencies are computed.",
        ),
        Column(
            "latency_avg_ms",
            Kind.NUMBER,
            "The average latency in milliseconds. Null if no check passed.",
            nullable=True,
        ),
        Column(
            "latency_p50_ms",
            Kind.NUMBER,
            "The median latency in milliseconds. Null if no check passed.",
            nullable=True,
        ),
        Column(
            "latency_p95_ms",
            Kind.NUMBER,
            "The 95th percentile of the latency in milliseconds. Null if no check passed.",
            nullable=True,
        ),
        Column(
            "latency_p99_ms",
            Kind.NUMBER,
            "The 99th percentile of the latency in milliseconds. Null if no check passed.",
            nullable=True,
        ),
    ),
    # Each row requires several queries.
    part_rows=5_000,
)

DOCUMENTS = {document.name: document for document in (CHECKS, INCIDENTS, DAILY)}

_TYPES: dict[Kind, dict[str, object]] = {
    Kind.TEXT: {"type": "string"},
    Kind.ID: {"type": "string", "format": "uuid"},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.WHOLE: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
}


def schema(document: Document) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of one row in JSON and NDJSON."""
    return {
        "$schema": _DIALECT,
        "title": document.schema,
        "description": document.description,
        "type": "object",
        "properties": {column.name: _property(column) for column in document.columns},
        "required": [column.name for column in document.columns],
    }


def _property(column: Column) -> dict[str, object]:
    made = {**_TYPES[column.kind], "description": column.description}
    if column.nullable:
        made["type"] = [made["type"], "null"]
    if column.values:
        made["enum"] = [*column.values, *([None] if column.nullable else [])]
    return made
