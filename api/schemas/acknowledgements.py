"""Schemas of acknowledgements and snoozes, and of the incident timeline."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Schema, Timestamp, Whole
from api.schemas.examples import example
from services.alerting.acknowledgements import LONGEST_NOTE, LONGEST_SNOOZE
from services.incidents.timeline import KINDS


@example({"note": "I restart the shop."})
class AcknowledgeSchema(Schema):
    note = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NOTE),
        metadata={
            "description": "A note for the timeline and for the other recipients of the incident."
        },
    )


@example({"note": "The disk was full."})
class NoteSchema(Schema):
    note = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_NOTE),
        metadata={"description": "A note for the timeline."},
    )


@example({"minutes": 60, "note": "The provider works on it."})
class SnoozeSchema(AcknowledgeSchema):
    """A snooze: give either `minutes` or `until`."""

    minutes = Whole(1, LONGEST_SNOOZE // timedelta(minutes=1))
    until = Timestamp(metadata={"description": "The end of the snooze, at most 30 days ahead."})

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: object) -> None:
        if len(data.keys() & {"minutes", "until"}) != 1:
            raise ma.ValidationError("Give either this or `until`.", "minutes")


def end_of(snooze: dict[str, Any], now: datetime) -> datetime:
    until: datetime = snooze.get("until") or now + timedelta(minutes=snooze["minutes"])
    return until


class Facts(fields.Dict):
    """The facts of a timeline entry. Times are stored as text in JSON and shown like all others."""

    def _serialize(
        self, value: Mapping[str, Any] | None, *_: object, **__: object
    ) -> dict[str, Any]:
        facts = dict(value or {})
        if facts.get("until") is not None:
            facts["until"] = Timestamp.shown(datetime.fromisoformat(facts["until"]))
        return facts


class EntrySchema(Schema):
    """One entry of a timeline.

    The keys of `facts` depend on the kind (docs/guide/alerting.md).
    """

    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    at = Timestamp(required=True)
    by = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The name of the user, machine or recipient that acted. Null: this service."
        },
    )
    note = fields.String(attribute="words", required=True)
    facts = Facts(required=True)
