"""Schemas of test runs. Secrets are masked."""

from marshmallow import fields

from api.schemas.base import Schema, Timestamp
from api.schemas.checks import EvidenceHeaderSchema, EvidenceSchema, TimingsSchema
from domain.evaluation.outcome import Cause, Outcome
from models.test_run import TestRunState


class TestRunStepSchema(Schema):
    """A part of a check: a request of HTTP, or a part of another conversation.

    A step with the name `request` is a redirect, a token, a challenge, or the last answer. Of any
    other step, the fields of HTTP are empty, and `timings` has only `total`.
    """

    name = fields.String(
        dump_default="request",
        required=True,
        metadata={
            "description": (
                "`request`, or the part of the conversation: `dns`, `connect`, `tls`, `greeting`,"
                " `starttls`, `login`, `query` and others."
            )
        },
    )
    method = fields.String(required=True)
    url = fields.String(required=True)
    address = fields.String(
        required=True,
        metadata={
            "description": (
                "The connected address, or that of a proxy. Empty without a connection."
            )
        },
    )
    request_headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    status = fields.Integer(
        required=True, metadata={"description": "The HTTP status. 0 without an answer."}
    )
    http_version = fields.String(required=True)
    response_headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    sent = fields.String(
        dump_default="",
        required=True,
        metadata={"description": "What the check sent, as text: at most 2,000 characters."},
    )
    received = fields.String(
        dump_default="",
        required=True,
        metadata={"description": "What the target sent, as text: at most 2,000 characters."},
    )
    failure = fields.String(
        required=True,
        metadata={"description": "Why there is no complete answer. Empty if there is one."},
    )
    timings = fields.Nested(TimingsSchema, required=True)
    step = fields.Integer(
        dump_default=None,
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "The number of the step of a `multistep` monitor that the request belongs to."
                " Null for other kinds."
            )
        },
    )
    step_name = fields.String(
        dump_default="",
        required=True,
        metadata={"description": "The name of that step. Empty if it has none."},
    )


class TestRunAssertionSchema(Schema):
    demand = fields.String(required=True, metadata={"description": "The expected value."})
    failure = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The expected and the found value. Null if the assertion holds."},
    )


class TestRunReportSchema(Schema):
    outcome = fields.String(required=True, metadata={"enum": [each.value for each in Outcome]})
    cause = fields.String(required=True, metadata={"enum": [cause.word for cause in Cause]})
    detail = fields.String(required=True)
    http_status = fields.Integer(required=True, allow_none=True)
    address = fields.String(
        required=True,
        metadata={"description": "The last connected address. Empty without a connection."},
    )
    timings = fields.Nested(TimingsSchema, required=True)
    assertions = fields.List(fields.Nested(TestRunAssertionSchema), required=True)
    steps = fields.List(
        fields.Nested(TestRunStepSchema),
        required=True,
        metadata={
            "description": (
                "Every HTTP request with its answer, or the parts of another conversation."
            )
        },
    )
    evidence = fields.Nested(EvidenceSchema, required=True, allow_none=True)


class TestRunSchema(Schema):
    """A check that a user starts and that is recorded step by step. It is kept for a day."""

    id = fields.UUID(attribute="public_id", required=True)
    state = fields.Enum(TestRunState, by_value=True, required=True)
    region = fields.String(
        required=True, metadata={"description": "The region that makes the test run."}
    )
    requested_at = Timestamp(required=True)
    started_at = Timestamp(required=True, allow_none=True)
    finished_at = Timestamp(required=True, allow_none=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the test run failed. This says nothing about the target."},
    )
    report = fields.Nested(
        TestRunReportSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The report. Null unless `state` is `done`."},
    )
