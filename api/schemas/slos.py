"""Schemas of SLOs, their error budgets and burn rates."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import Line, PageQuery, Schema, Timestamp, ViewSchema, Whole, page_of
from api.schemas.examples import example
from domain.analytics.slo_period import ROLLING_DAYS, CalendarUnit
from models.slo import Indicator
from services.slos.openslo import LARGEST
from services.slos.values import (
    LONGEST_NAME,
    LONGEST_TAG,
    MOST_GROUPS,
    TARGET_PERCENT,
    THRESHOLD_MS,
    SloValues,
)


class SloFields(Schema):
    """The fields of an SLO: of a monitor, of the monitors with a tag, or without both of all."""

    name = Line(longest=LONGEST_NAME, required=True)
    target_percent = fields.Float(
        required=True,
        validate=validate.Range(*TARGET_PERCENT),
        metadata={
            "description": (
                "The percentage of the time that has to be up, or of the checks that have to be"
                " within `threshold_ms`."
            )
        },
    )
    indicator = fields.Enum(
        Indicator,
        by_value=True,
        metadata={"description": "What is measured. `availability` by default."},
    )
    threshold_ms = Whole(
        *THRESHOLD_MS,
        allow_none=True,
        metadata={"description": "The longest latency of a good check. Only for `latency`."},
    )
    monitor_id = fields.UUID(allow_none=True, metadata={"description": "Its only monitor."})
    tag = Line(
        longest=LONGEST_TAG,
        allow_none=True,
        metadata={"description": "The tag of its monitors: those that have it now."},
    )
    rolling_days = Whole(
        *ROLLING_DAYS,
        allow_none=True,
        metadata={"description": "The period: the last days of 24 hours. 30 by default."},
    )
    calendar = fields.Enum(
        CalendarUnit,
        by_value=True,
        allow_none=True,
        metadata={"description": "The period: the present one of the calendar in `time_zone`."},
    )
    time_zone = fields.String(
        validate=validate.Length(1, 100),
        metadata={
            "description": "The IANA time zone of the period and of the days. UTC by default."
        },
    )
    contact_group_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST_GROUPS),
        metadata={
            "description": (
                "The contact groups to notify of a high burn rate. Without any, an SLO of one"
                " monitor notifies the contact groups of the monitor, and any other SLO notifies"
                " no contact."
            )
        },
    )


@example(
    {
        "name": "Checkout is there",
        "target_percent": 99.9,
        "monitor_id": IDS["monitor"],
        "rolling_days": 30,
        "contact_group_ids": [IDS["group"]],
    }
)
class SloCreateSchema(SloFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> SloValues:
        return SloValues(**data)


@example({"target_percent": 99.95})
class SloChangeSchema(SloFields):
    """A partial change of an SLO. A tag replaces the monitor, a calendar the rolling days."""


class SloItemSchema(ViewSchema, SloFields):
    record = "slo"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class SloPeriodSchema(Schema):
    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)


class ErrorBudgetSchema(Schema):
    """Seconds of downtime, added up over the monitors, or slow checks."""

    total = fields.Float(
        required=True,
        metadata={
            "description": (
                "What the whole period may have. For latency in a period that is not over, an"
                " estimate: the checks so far, extrapolated."
            )
        },
    )
    used = fields.Float(required=True)
    left = fields.Float(
        required=True, metadata={"description": "`total` minus `used`; below 0 if it is overdrawn."}
    )
    used_percent = fields.Float(required=True, allow_none=True)


class BurnRatesSchema(Schema):
    """The burn rates in the two windows of a rule."""

    factor = fields.Float(required=True, metadata={"description": "The limit of both rates."})
    long_window_seconds = fields.Integer(required=True)
    long_rate = fields.Float(required=True)
    short_window_seconds = fields.Integer(required=True)
    short_rate = fields.Float(required=True)
    is_exceeded = fields.Boolean(required=True)


class BurnEpisodeSchema(Schema):
    since = Timestamp(required=True)
    factor = fields.Float(
        required=True, metadata={"description": "That of the fastest rule that was exceeded."}
    )


class SloDaySchema(Schema):
    day = fields.Date(data_key="date", required=True)
    used = fields.Float(attribute="bad", required=True)
    percent = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The good percentage of what is known. Null: nothing is known."},
    )


class SloStatusSchema(Schema):
    """The present period of an SLO. Unknown time and maintenance use no budget."""

    period = fields.Nested(SloPeriodSchema, required=True)
    unit = fields.String(required=True, validate=validate.OneOf(["seconds", "checks"]))
    percent = fields.Float(required=True, allow_none=True)
    budget = fields.Nested(ErrorBudgetSchema, required=True)
    burn_rates = fields.List(
        fields.Nested(BurnRatesSchema),
        required=True,
        metadata={"description": "The rules of the alert, the fastest first."},
    )
    burning = fields.Nested(
        BurnEpisodeSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The episode in which the budget burns too fast. Null: none."},
    )
    exhausted_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "When the budget is used up if the rate of the last three days continues. Null: not"
                " in this period, or it is used up already."
            )
        },
    )
    history = fields.List(
        fields.Nested(SloDaySchema),
        required=True,
        metadata={"description": "The days of the period until now; for latency days in UTC."},
    )


class SloSchema(SloItemSchema):
    status = fields.Nested(SloStatusSchema, required=True)


class SloQuery(PageQuery):
    monitor_id = fields.UUID(
        metadata={"description": "List only those in which this monitor counts."}
    )


_DOCUMENT = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: all-monitors
  displayName: All monitors
spec:
  service: all
  indicator:
    metadata:
      name: all-monitors
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: downtime-monitor
            spec:
              indicator: availability
        total:
          metricSource:
            type: downtime-monitor
            spec:
              indicator: availability
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
"""


@example({"document": _DOCUMENT})
class OpenSloSchema(Schema):
    document = fields.String(
        required=True,
        validate=validate.Length(1, LARGEST),
        metadata={"description": "A YAML stream of `openslo/v1` documents of kind `SLO`."},
    )


class CreatedSlosSchema(Schema):
    items = fields.List(fields.Nested(SloItemSchema), required=True)


SloPageSchema = page_of(SloItemSchema, "SloPage")
