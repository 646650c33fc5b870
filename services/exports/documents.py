"""The documents of exports: their columns, and their JSON Schemas at `/api/v1/schemas`.

The version in a name grows when a column is removed or changes its meaning; new columns go last.
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
    """`schema` names its JSON Schema. A part ends within a minute after `part_rows` rows."""

    name: str
    schema: str
    description: str
    columns: Sequence[Column]
    part_rows: int


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


_MONITOR = (
    Column("monitor_id", Kind.ID, "The id of the monitor in the API."),
    Column("monitor_name", Kind.TEXT, "Its name when the export was made."),
)
_CAUSES = _words(cause.word for cause in Cause)

CHECKS = Document(
    "checks",
    "export.checks.v1",
    "One check of a monitor in one region, in the order of monitors and time.",
    (
        *_MONITOR,
        Column("checked_at", Kind.TIME, "The second that the check was due."),
        Column("region", Kind.TEXT, "Where it was made from."),
        Column("outcome", Kind.TEXT, "What was found.", values=_words(Outcome)),
        Column("cause", Kind.TEXT, "Why it was not plainly up.", values=_CAUSES),
        Column("detail", Kind.TEXT, "The same in words; empty if there is nothing to say."),
        Column("http_status", Kind.WHOLE, "Null where no HTTP answer came.", nullable=True),
        Column("lateness_ms", Kind.WHOLE, "Milliseconds from then to the begin of the probe."),
        Column("dns_ms", Kind.WHOLE, "Milliseconds of the lookup; 0 if there was none."),
        Column("connect_ms", Kind.WHOLE, "Milliseconds until the connection was there."),
        Column("tls_ms", Kind.WHOLE, "Milliseconds of the TLS handshake."),
        Column("first_byte_ms", Kind.WHOLE, "Milliseconds until the first byte of the answer."),
        Column("total_ms", Kind.NUMBER, "Milliseconds of the whole check."),
    ),
    part_rows=100_000,
)
INCIDENTS = Document(
    "incidents",
    "export.incidents.v1",
    "One outage that touches the period, in the order of their beginning.",
    (
        Column("id", Kind.ID, "The id of the incident in the API."),
        *_MONITOR,
        Column("severity", Kind.TEXT, "How bad it is.", values=_words(Severity)),
        Column("started_at", Kind.TIME, "The first failing check of the run that confirmed it."),
        Column("confirmed_at", Kind.TIME, "When it was believed."),
        Column("ended_at", Kind.TIME, "Null while it is open.", nullable=True),
        Column("duration_seconds", Kind.NUMBER, "Null while it is open.", nullable=True),
        Column("resolution", Kind.TEXT, "How it ended.", nullable=True, values=_words(Resolution)),
        Column("cause", Kind.TEXT, "What the confirming check found.", values=_CAUSES),
        Column("detail", Kind.TEXT, "The same in words."),
        Column("acknowledged_at", Kind.TIME, "When somebody took care.", nullable=True),
        Column("acknowledged_by", Kind.TEXT, "Who did.", nullable=True),
    ),
    part_rows=100_000,
)
DAILY = Document(
    "daily",
    "export.daily.v1",
    "The figures of one monitor on one day of UTC that it was watched on.",
    (
        *_MONITOR,
        Column("date", Kind.DATE, "The day, cut to the period of the export."),
        Column("monitored_seconds", Kind.NUMBER, "The sum of the next four."),
        Column("up_seconds", Kind.NUMBER, "Time up."),
        Column("down_seconds", Kind.NUMBER, "Time down: of confirmed outages only."),
        Column("unknown_seconds", Kind.NUMBER, "Time that nothing is known of."),
        Column("maintenance_seconds", Kind.NUMBER, "Time in planned maintenance."),
        Column(
            "availability_percent", Kind.NUMBER, "100 · up / (up + down), if any.", nullable=True
        ),
        Column("incidents_started", Kind.WHOLE, "Outages that began on that day."),
        Column("checks_passed", Kind.WHOLE, "The checks that the latencies are of."),
        Column("latency_avg_ms", Kind.NUMBER, "Null without any such check.", nullable=True),
        Column("latency_p50_ms", Kind.NUMBER, "The median.", nullable=True),
        Column("latency_p95_ms", Kind.NUMBER, "The 95th percentile.", nullable=True),
        Column("latency_p99_ms", Kind.NUMBER, "The 99th percentile.", nullable=True),
    ),
    # Each row takes several queries.
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
