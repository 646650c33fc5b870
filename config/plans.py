"""The plans of the operator: named sets of limits, from a text in TOML.

    default = "free"

    [plans.free]
    name = "Free"
    limits = { monitors = 20, shortest_interval_seconds = 60 }

    [plans.team]
    name = "Team"
    price = "price_1PgafmB7WZ01zgkW6dKueIc5"

A limit that a plan does not name keeps the value of `DOWNTIME_LIMITS`, or the default.
"""

import tomllib
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from config.limits import FEATURES, UNLIMITED, USUAL

USUAL_PLAN = "default"
"""The id of the plan of an operator who defines none."""

PlanId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Limit = Annotated[int, Field(ge=0, le=UNLIMITED)]


class Plan(BaseModel):
    """`price` is the id of the recurring price at the billing provider; without one it is free."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    price: str = Field(default="", pattern=r"^[A-Za-z0-9_]{0,100}$")
    limits: Mapping[str, Limit] = Field(default={})

    @field_validator("limits")
    @classmethod
    def _refuse_unknown(cls, limits: Mapping[str, int]) -> Mapping[str, int]:
        if unknown := limits.keys() - USUAL.keys():
            raise ValueError(f"There is no limit {', '.join(sorted(unknown))}.")
        if wrong := [name for name in limits.keys() & FEATURES.keys() if limits[name] > 1]:
            raise ValueError(f"{', '.join(sorted(wrong))} must be 0 or 1.")
        return limits


class Plans(BaseModel):
    """All plans by their ids. An organization without one of them has the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: PlanId = USUAL_PLAN
    plans: Mapping[PlanId, Plan] = Field(default={USUAL_PLAN: Plan(name="Default")})

    @model_validator(mode="after")
    def _require_default(self) -> Self:
        if self.default not in self.plans:
            raise ValueError(f"The default plan {self.default} is not among the plans.")
        prices = [plan.price for plan in self.plans.values() if plan.price]
        if len(prices) > len(set(prices)):
            raise ValueError("Two plans have the same price.")
        return self

    def known(self, plan_id: str | None) -> str:
        """Return the id of this plan, or of the default if there is no such plan any more."""
        return plan_id if plan_id is not None and plan_id in self.plans else self.default

    def of_price(self, price: str) -> str | None:
        """Return the id of the plan that is sold at a price of the billing provider."""
        return next(
            (key for key, plan in self.plans.items() if price and plan.price == price), None
        )


def parse(text: str) -> Plans:
    """Read plans. Raise `ValueError` that says what is wrong; an empty text is the one default."""
    try:
        return Plans.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"The plans are not TOML: {error}.") from error
