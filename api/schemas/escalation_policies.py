"""Escalation policies as they come in and go out."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, ViewSchema, Whole, WholeSchema, page_of
from models.escalation_policy import TargetKind
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step

_LONGEST_WAIT = 1440
_MOST_TARGETS = 50


class TargetSchema(WholeSchema):
    kind = fields.Enum(TargetKind, by_value=True, required=True)
    id = fields.UUID(required=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> PolicyTarget:
        return PolicyTarget(**data)


class StepSchema(WholeSchema):
    wait_minutes = Whole(
        0,
        _LONGEST_WAIT,
        required=True,
        metadata={"description": "After the step before, or after telling began."},
    )
    targets = fields.List(
        fields.Nested(TargetSchema),
        required=True,
        validate=validate.Length(1, _MOST_TARGETS),
        metadata={"description": "Without those that were deleted since."},
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> Step:
        return Step(**data)


class EscalationPolicyFields(Schema):
    name = Line(longest=100, required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True, validate=validate.Length(1, 10))
    repeats = Whole(0, 9, metadata={"description": "How often all steps are gone through again."})
    repeat_minutes = Whole(
        1, _LONGEST_WAIT, metadata={"description": "From the last step to the first: 30."}
    )
    reminder_minutes = Whole(
        5,
        _LONGEST_WAIT,
        allow_none=True,
        metadata={"description": "Of its monitors that do not say it themselves; null: none."},
    )
    fallback_targets = fields.List(
        fields.Nested(TargetSchema),
        validate=validate.Length(max=_MOST_TARGETS),
        metadata={"description": "Told where a step reaches nobody."},
    )


class EscalationPolicyCreateSchema(EscalationPolicyFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> PolicyValues:
        return PolicyValues(**data)


class EscalationPolicyChangeSchema(EscalationPolicyFields):
    """Only what is given is changed; given steps and fallback targets replace all."""


class EscalationPolicyItemSchema(ViewSchema, EscalationPolicyFields):
    record = "policy"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class EscalationPolicySchema(EscalationPolicyItemSchema):
    monitor_ids = fields.List(fields.UUID(), required=True)


EscalationPolicyPageSchema = page_of(EscalationPolicyItemSchema, "EscalationPolicyPage")
