"""Traces as they go out: a check with each request and answer, and no secret in it."""

from marshmallow import fields

from api.schemas.base import Schema, Timestamp
from api.schemas.history import EvidenceHeaderSchema, EvidenceSchema, TimingsSchema
from domain.evaluation.outcome import Cause, Outcome
from models.test_run import TestRunState


class TestRunStepSchema(Schema):
    """One request and what came of it: a redirect, a token, a challenge, or the last answer."""

    method = fields.String(required=True)
    url = fields.String(required=True)
    address = fields.String(
        required=True,
        metadata={"description": "What was connected to, a proxy if there is one; or empty."},
    )
    request_headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    status = fields.Integer(required=True, metadata={"description": "0 without an answer."})
    http_version = fields.String(required=True)
    response_headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    failure = fields.String(
        required=True, metadata={"description": "Why there is no complete answer; or empty."}
    )
    timings = fields.Nested(TimingsSchema, required=True)


class TestRunAssertionSchema(Schema):
    demand = fields.String(required=True, metadata={"description": "What was expected."})
    failure = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What was expected and found; null if it was met."},
    )


class TestRunReportSchema(Schema):
    outcome = fields.String(required=True, metadata={"enum": [each.value for each in Outcome]})
    cause = fields.String(required=True, metadata={"enum": [cause.word for cause in Cause]})
    detail = fields.String(required=True)
    http_status = fields.Integer(required=True, allow_none=True)
    address = fields.String(
        required=True, metadata={"description": "What was connected to last; or empty."}
    )
    timings = fields.Nested(TimingsSchema, required=True)
    assertions = fields.List(fields.Nested(TestRunAssertionSchema), required=True)
    steps = fields.List(
        fields.Nested(TestRunStepSchema),
        required=True,
        metadata={"description": "The whole conversation over HTTP; empty for other kinds."},
    )
    evidence = fields.Nested(EvidenceSchema, required=True, allow_none=True)


class TestRunSchema(Schema):
    """A check that is made at once and told step by step. It is kept for a day."""

    id = fields.UUID(attribute="public_id", required=True)
    state = fields.Enum(TestRunState, by_value=True, required=True)
    region = fields.String(required=True, metadata={"description": "Where it is made from."})
    requested_at = Timestamp(required=True)
    started_at = Timestamp(required=True, allow_none=True)
    finished_at = Timestamp(required=True, allow_none=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it failed. That says nothing of what is watched."},
    )
    report = fields.Nested(
        TestRunReportSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null unless `state` is `done`."},
    )
