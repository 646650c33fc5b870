"""What is said by who takes care of an incident, and the timeline that it ends up in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Schema, Timestamp, Whole
from services.alerting.acknowledgements import LONGEST_SNOOZE
from services.incidents.timeline import KINDS


class AcknowledgeSchema(Schema):
    note = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "For the timeline, and for the others who were told."},
    )


class SnoozeSchema(AcknowledgeSchema):
    """Either how long or until when."""

    minutes = Whole(1, LONGEST_SNOOZE // timedelta(minutes=1))
    until = Timestamp(metadata={"description": "At most 30 days ahead."})

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: object) -> None:
        if len(data.keys() & {"minutes", "until"}) != 1:
            raise ma.ValidationError("Give either this or `until`.", "minutes")


def end_of(snooze: dict[str, Any], now: datetime) -> datetime:
    until: datetime = snooze.get("until") or now + timedelta(minutes=snooze["minutes"])
    return until


class Facts(fields.Dict):
    """What is kept as JSON holds times as text; they are shown as all others."""

    def _serialize(
        self, value: Mapping[str, Any] | None, *_: object, **__: object
    ) -> dict[str, Any]:
        facts = dict(value or {})
        if facts.get("until") is not None:
            facts["until"] = Timestamp.shown(datetime.fromisoformat(facts["until"]))
        return facts


class EntrySchema(Schema):
    """One line of a timeline. What `facts` holds depends on the kind: docs/guide/alerting.md says it."""

    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    at = Timestamp(required=True)
    by = fields.String(
        required=True, allow_none=True, metadata={"description": "null: this service."}
    )
    note = fields.String(attribute="words", required=True)
    facts = Facts(required=True)
