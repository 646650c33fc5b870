"""Schemas of the search in the checks of all monitors."""

from typing import Any

from marshmallow import fields, validate

from api.schemas.base import (
    LONGEST_WORDS,
    PageQuery,
    Schema,
    SpanQuery,
    Timestamp,
    ViewSchema,
    page_of,
    several,
)
from api.schemas.checks import CheckSchema
from api.schemas.monitors import MonitorNameSchema
from api.schemas.recipients import RecipientQuery
from domain.analytics.rollup import Step
from domain.evaluation.outcome import Cause, Outcome

_LARGEST_STATUS = 999
_LONGEST_MS = 2_147_483


class CheckSearchQuery(SpanQuery, RecipientQuery):
    monitor_id = several(fields.UUID(), "Only checks of this monitor.")
    tag = several(
        fields.String(validate=validate.Length(1, 50)), "Only checks of monitors with this tag."
    )
    region = several(fields.String(), "Only checks of this region.")
    outcome = several(fields.Enum(Outcome, by_value=True), "Only checks with this outcome.")
    cause = several(
        fields.String(validate=validate.OneOf([cause.word for cause in Cause])),
        "Only checks with this cause.",
    )
    http_status = several(
        fields.Integer(validate=validate.Range(0, _LARGEST_STATUS)),
        "Only checks with this HTTP status.",
    )
    min_ms = fields.Float(
        validate=validate.Range(0, _LONGEST_MS),
        metadata={"description": "Only checks that took at least so many milliseconds."},
    )
    max_ms = fields.Float(
        validate=validate.Range(0, _LONGEST_MS),
        metadata={"description": "Only checks that took at most so many milliseconds."},
    )
    q = fields.String(
        validate=validate.Length(1, LONGEST_WORDS),
        metadata={"description": "A part of `detail`, in any case."},
    )


class CheckSearchPageQuery(PageQuery, CheckSearchQuery):
    pass


class CheckCountQuery(CheckSearchQuery):
    step = fields.Enum(
        Step,
        by_value=True,
        load_default=Step.HOUR,
        metadata={"description": "The time of each bucket, in UTC."},
    )


class FoundCheckSchema(CheckSchema, ViewSchema):
    """A check with its monitor."""

    record = "check"

    monitor = fields.Nested(MonitorNameSchema, required=True)


def _count(outcome: Outcome) -> fields.Field[Any]:
    return fields.Function(
        lambda bucket: bucket.counts.get(outcome, 0), required=True, metadata={"type": "integer"}
    )


class CheckCountSchema(Schema):
    """The number of checks by outcome, from a time on."""

    start = Timestamp(data_key="from", required=True)
    up = _count(Outcome.UP)
    degraded = _count(Outcome.DEGRADED)
    down = _count(Outcome.DOWN)
    unseen = fields.Function(
        lambda bucket: bucket.counts.get(Outcome.UNKNOWN, 0),
        data_key="unknown",
        required=True,
        metadata={"type": "integer"},
    )


class CheckCountsSchema(Schema):
    """The counts of each step that has any check, the oldest first."""

    step = fields.Enum(Step, by_value=True, required=True)
    items = fields.List(fields.Nested(CheckCountSchema), required=True)


FoundCheckPageSchema = page_of(FoundCheckSchema, "FoundCheckPage")
