"""Schemas of the policy of an organization."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Flag, Schema, Timestamp, Whole
from api.schemas.examples import example
from api.schemas.machines import networks
from domain.organization_policy import (
    IDLE_MINUTES,
    KEY_DAYS,
    MOST_GRACE_DAYS,
    SELECTABLE_WAYS,
    SESSION_HOURS,
    LoginWay,
)
from services.policies.policies import PolicyChanges


def _ways(**kwargs: Any) -> fields.List[str]:  # noqa: ANN401 - marshmallow's
    return fields.List(
        fields.String(validate=validate.OneOf([each.value for each in SELECTABLE_WAYS])),
        metadata={"description": "The ways by which members may log in."},
        **kwargs,
    )


@example({"session_idle_minutes": 60, "longest_key_days": 180})
class PolicyChangeSchema(Schema):
    """A partial change of the policy."""

    require_second_factor = Flag(
        metadata={"description": "Whether each member needs a second factor or a passkey."}
    )
    second_factor_grace_days = Whole(
        0,
        MOST_GRACE_DAYS,
        metadata={
            "description": (
                "The days for setting it up, from the demand or from when a member joins."
            )
        },
    )
    session_idle_minutes = Whole(
        *IDLE_MINUTES, metadata={"description": "How long a session lasts without a request."}
    )
    session_hours = Whole(
        *SESSION_HOURS, metadata={"description": "How long a session lasts at most."}
    )
    networks = networks(
        metadata={"description": "The networks that members may come from. Any if empty."}
    )
    networks_for_machines = Flag(
        metadata={"description": "Whether the networks hold for API keys and service accounts too."}
    )
    longest_key_days = Whole(
        *KEY_DAYS,
        allow_none=True,
        metadata={
            "description": (
                "How long an API key or the secret of a service account lasts at most. "
                "`null` sets no limit beyond the general one."
            )
        },
    )
    login_ways = _ways(validate=validate.Length(1, len(SELECTABLE_WAYS)))

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> PolicyChanges:
        if "login_ways" in data:
            chosen = set(data["login_ways"])
            data["login_ways"] = tuple(each for each in LoginWay if each in chosen)
        changes: PolicyChanges = {**data}  # type: ignore[typeddict-item]  # as the fields say
        return changes


class PolicySchema(Schema):
    require_second_factor = fields.Boolean(required=True)
    second_factor_grace_days = fields.Integer(required=True)
    second_factor_required_at = Timestamp(
        required=True, allow_none=True, metadata={"description": "When the demand began."}
    )
    session_idle_minutes = fields.Integer(required=True)
    session_hours = fields.Integer(required=True)
    networks = fields.List(fields.String(), required=True)
    networks_for_machines = fields.Boolean(required=True)
    longest_key_days = fields.Integer(required=True, allow_none=True)
    login_ways = _ways(required=True)
