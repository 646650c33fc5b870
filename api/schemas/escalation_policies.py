"""Schemas of escalation policies."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import Line, Schema, Timestamp, ViewSchema, Whole, WholeSchema, page_of
from api.schemas.examples import example
from models.escalation_policy import TargetKind
from services.escalation.limits import (
    LONGEST_WAIT,
    MOST_REPEATS,
    MOST_STEPS,
    MOST_TARGETS,
    SHORTEST_REMINDER,
)
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step


class TargetSchema(WholeSchema):
    kind = fields.Enum(TargetKind, by_value=True, required=True)
    id = fields.UUID(required=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> PolicyTarget:
        return PolicyTarget(**data)


class StepSchema(WholeSchema):
    wait_minutes = Whole(
        0,
        LONGEST_WAIT,
        required=True,
        metadata={
            "description": (
                "Minutes after the preceding step, or after the incident begins to notify."
            )
        },
    )
    targets = fields.List(
        fields.Nested(TargetSchema),
        required=True,
        validate=validate.Length(1, MOST_TARGETS),
        metadata={
            "description": "The notification targets of the step. Deleted targets are left out."
        },
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> Step:
        return Step(**data)


class EscalationPolicyFields(Schema):
    name = Line(longest=100, required=True)
    project_id = fields.UUID(
        allow_none=True,
        metadata={"description": "The project that it belongs to. Null: only to the organization."},
    )
    steps = fields.List(
        fields.Nested(StepSchema), required=True, validate=validate.Length(1, MOST_STEPS)
    )
    repeats = Whole(
        0, MOST_REPEATS, metadata={"description": "How many times all steps are repeated."}
    )
    repeat_minutes = Whole(
        1,
        LONGEST_WAIT,
        metadata={
            "description": (
                "Minutes between the last step and the repetition of the first. 30 by default."
            )
        },
    )
    reminder_minutes = Whole(
        SHORTEST_REMINDER,
        LONGEST_WAIT,
        allow_none=True,
        metadata={
            "description": (
                "Minutes between reminders, for monitors that do not set their own. Null:"
                " no reminders."
            )
        },
    )
    fallback_targets = fields.List(
        fields.Nested(TargetSchema),
        validate=validate.Length(max=MOST_TARGETS),
        metadata={"description": "The notification targets of a step that reaches nobody."},
    )


@example(
    {
        "name": "Shop around the clock",
        "steps": [
            {"wait_minutes": 0, "targets": [{"kind": "on_call_schedule", "id": IDS["schedule"]}]},
            {"wait_minutes": 15, "targets": [{"kind": "contact", "id": IDS["contact"]}]},
        ],
        "repeats": 2,
        "repeat_minutes": 30,
    }
)
class EscalationPolicyCreateSchema(EscalationPolicyFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> PolicyValues:
        return PolicyValues(**data)


@example({"repeats": 3})
class EscalationPolicyChangeSchema(EscalationPolicyFields):
    """A partial change of an escalation policy. Given steps and fallback targets replace all."""


class EscalationPolicyItemSchema(ViewSchema, EscalationPolicyFields):
    record = "policy"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class EscalationPolicySchema(EscalationPolicyItemSchema):
    monitor_ids = fields.List(fields.UUID(), required=True)


EscalationPolicyPageSchema = page_of(EscalationPolicyItemSchema, "EscalationPolicyPage")
