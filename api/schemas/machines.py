"""Fields that API keys and service accounts share: names, scopes, networks, rotation."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Whole
from api.schemas.examples import example
from domain.permissions import SCOPES

LONGEST_OVERLAP_SECONDS = 7 * 86_400
_MOST_NETWORKS = 50


class Scopes(fields.List[str]):
    """The permissions of a machine."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's
        scope = fields.String(validate=validate.OneOf(sorted(SCOPES)))
        super().__init__(scope, validate=validate.Length(1, len(SCOPES)), **kwargs)


class Network(fields.String):
    """An IP address or a network, such as 192.0.2.0/24."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - marshmallow's
        text = str(super()._deserialize(*args, **kwargs))
        try:
            return str(ip_network(text))
        except ValueError as error:
            raise ma.ValidationError("Must be a network such as 192.0.2.0/24.") from error


def networks(**kwargs: Any) -> fields.List[str]:  # noqa: ANN401 - marshmallow's
    return fields.List(Network(), validate=validate.Length(max=_MOST_NETWORKS), **kwargs)


def name(**kwargs: Any) -> Line:  # noqa: ANN401 - marshmallow's
    return Line(longest=100, **kwargs)


@example({"overlap_seconds": 3600})
class RotationSchema(Schema):
    overlap_seconds = Whole(
        0,
        LONGEST_OVERLAP_SECONDS,
        load_default=86_400,
        metadata={
            "description": (
                "The seconds for which the current secret remains valid beside the new one."
            )
        },
    )

    @ma.post_load
    def _make(self, data: dict[str, int], **_: object) -> timedelta:
        return timedelta(seconds=data["overlap_seconds"])
