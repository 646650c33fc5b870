"""Schemas of domains."""

from marshmallow import fields

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.examples import example
from domain.login.mail_domains import LONGEST
from models.domain import DomainProblem, DomainState
from services.domains.dns_records import record_name


@example({"name": "example.com"})
class DomainCreateSchema(Schema):
    name = Line(longest=LONGEST, required=True)


class DomainSchema(Schema):
    """A domain, and the TXT record that proves it."""

    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    record_name = fields.Function(
        lambda domain: record_name(domain.name),
        required=True,
        metadata={"description": "The name of the TXT record.", "type": "string"},
    )
    record_value = fields.String(
        attribute="challenge", required=True, metadata={"description": "Its content."}
    )
    state = fields.Enum(
        DomainState,
        by_value=True,
        required=True,
        metadata={"description": "`lost`: the record was missing in seven daily checks."},
    )
    proven_at = Timestamp(required=True, allow_none=True)
    checked_at = Timestamp(required=True, allow_none=True)
    next_check_at = Timestamp(required=True, allow_none=True)
    failures = fields.Integer(
        required=True, metadata={"description": "How many checks in a row failed."}
    )
    problem = fields.Enum(
        DomainProblem,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={
            "description": "Why the last check failed: `missing`, `unanswered` by the DNS, or"
            " `owned` by another organization."
        },
    )
    created_at = Timestamp(required=True)


DomainPageSchema = page_of(DomainSchema, "DomainPage")
