"""The JSON Schemas of a row of each file of the archive, as it is opened in any program.

They are written here by hand, so that the API needs no pyarrow; a test compares them with the files.
"""

from collections.abc import Mapping

from domain.evaluation.outcome import Cause, Outcome
from models.types import OUTCOME_CODES

CHECKS_SCHEMA = "archive.checks.v1"
FAILURES_SCHEMA = "archive.failures.v1"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BITS = {"int8": 8, "int16": 16, "int32": 32}

_KEY = {
    "monitor_id": ("int32", "The internal number of the monitor."),
    "slot": ("int32", "The second for which the check was due, in unix time."),
    "region_id": ("int16", "The internal number of the region that made the check."),
    "organization_id": ("int32", "The internal number of the organization."),
}
_CHECKS = {
    "monitor_id": _KEY["monitor_id"],
    "slot": _KEY["slot"],
    "organization_id": _KEY["organization_id"],
    "total_us": ("int32", "How long the whole check took, in microseconds."),
    "region_id": _KEY["region_id"],
    "outcome": ("int8", "The code of the outcome."),
    "cause": ("int8", "The code of the cause; 0 if the check was up."),
    "http_status": ("int16", "The HTTP status; 0 without one."),
    "dns_ms": ("int16", "The name lookup, in milliseconds."),
    "connect_ms": ("int16", "The connection, in milliseconds."),
    "tls_ms": ("int16", "The TLS handshake, in milliseconds."),
    "first_byte_ms": ("int16", "The wait for the first byte, in milliseconds."),
    "lateness": ("int16", "From the slot to the start of the probe, in hundredths of a second."),
}


def _column(type_name: str, description: str) -> dict[str, object]:
    bits = _BITS[type_name]
    return {
        "type": "integer",
        "format": type_name,
        "minimum": -(2 ** (bits - 1)),
        "maximum": 2 ** (bits - 1) - 1,
        "description": description,
    }


def _row(name: str, description: str, columns: Mapping[str, object]) -> dict[str, object]:
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": description,
        "type": "object",
        "properties": dict(columns),
        "required": list(columns),
        "additionalProperties": False,
    }


def _codes(codes: Mapping[str, int]) -> dict[str, str]:
    """Return the words of codes. They do not bound the values, because later versions add some."""
    return {str(code): word for word, code in codes.items()}


def checks() -> dict[str, object]:
    """Return the schema of a row of a file of checks."""
    columns = {name: _column(*each) for name, each in _CHECKS.items()}
    outcomes = {outcome.value: OUTCOME_CODES[outcome] for outcome in Outcome}
    columns["outcome"]["codes"] = _codes(outcomes)
    columns["cause"]["codes"] = _codes({cause.word: int(cause) for cause in Cause})
    return _row(CHECKS_SCHEMA, "A check in a Parquet file of the archive.", columns)


def failures() -> dict[str, object]:
    """Return the schema of a row of a file of failures."""
    columns: dict[str, object] = {name: _column(*each) for name, each in _KEY.items()}
    columns["detail"] = {"type": "string", "description": "What the check found."}
    columns["evidence"] = {
        "type": ["string", "null"],
        "description": "JSON of the answer: `headers`, `body` and `truncated`.",
    }
    return _row(
        FAILURES_SCHEMA, "The words of a check that was not up, in a Parquet file.", columns
    )


SCHEMAS: Mapping[str, Mapping[str, object]] = {CHECKS_SCHEMA: checks(), FAILURES_SCHEMA: failures()}
