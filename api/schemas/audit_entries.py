"""Schemas of the audit log."""

from marshmallow import fields, validate

from api.schemas.base import PageQuery, Schema, SpanQuery, Timestamp, ViewSchema, page_of
from models.audit_entry import ActorKind, Via


class AuditActorSchema(Schema):
    """Who acted. The label is null if it was erased."""

    kind = fields.Enum(ActorKind, by_value=True, required=True)
    id = fields.UUID(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)


class AuditTargetSchema(Schema):
    """What was acted on, with its label at that time."""

    kind = fields.String(required=True, allow_none=True)
    id = fields.UUID(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)


class AuditChangeSchema(Schema):
    """A row that changed, with its fields before and after. A secret is only said to be `changed`."""

    kind = fields.String(required=True)
    id = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    how = fields.String(required=True, validate=validate.OneOf(["created", "updated", "deleted"]))
    before = fields.Dict(required=True)
    after = fields.Dict(required=True)


class AuditEntrySchema(ViewSchema):
    """One act."""

    record = "entry"

    id = fields.UUID(attribute="public_id", required=True)
    sequence = fields.Integer(required=True)
    at = Timestamp(required=True)
    action = fields.String(required=True)
    via = fields.Enum(Via, by_value=True, required=True)
    actor = fields.Nested(AuditActorSchema, required=True)
    target = fields.Nested(AuditTargetSchema, required=True)
    changes = fields.List(fields.Nested(AuditChangeSchema), required=True)
    ip = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    is_erased = fields.Boolean(
        required=True, metadata={"description": "Whether the personal data was erased."}
    )
    hash = fields.String(required=True)
    previous_hash = fields.String(required=True)


class AuditEntryQuery(PageQuery, SpanQuery):
    actor_id = fields.UUID()
    target_id = fields.UUID()
    action = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "An action, or all on a noun, such as `monitor.*`."},
    )
    via = fields.Enum(Via, by_value=True)
    ip = fields.IP()
    words = fields.String(
        data_key="q",
        validate=validate.Length(1, 200),
        metadata={"description": "Words of the action and the labels, or their beginnings."},
    )


class ChainQuery(Schema):
    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 2**62),
        metadata={"description": "The sequence after which the page begins."},
    )


AuditEntryPageSchema = page_of(AuditEntrySchema, "AuditEntryPage")
