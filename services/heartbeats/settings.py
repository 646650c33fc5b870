"""The settings of a heartbeat, and the next ping that they expect."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Self

from pydantic import Field, StrictInt, field_validator, model_validator

from domain.evaluation.heartbeat import EARLY, Expectation, expect
from probes.base import Example, KindSettings
from services import cron

_MINUTE, _DAY = 60, 86_400
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class HeartbeatSettings(KindSettings):
    """The schedule of a job: a period, or a cron expression with its time zone."""

    example: ClassVar[Example] = Example(
        None, {"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "grace_seconds": 900}
    )

    period_seconds: StrictInt | None = Field(
        default=None, ge=30, le=366 * _DAY, description="The seconds between two pings."
    )
    cron: str | None = Field(
        default=None,
        max_length=cron.LONGEST,
        description="When the job runs, in five fields such as `30 3 * * 1-5`.",
    )
    time_zone: str = Field(
        default="UTC", max_length=64, description="The IANA time zone of the cron expression."
    )
    grace_seconds: StrictInt = Field(
        default=5 * _MINUTE,
        ge=30,
        le=31 * _DAY,
        description="The grace period: the seconds that a ping may be late.",
    )

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        cron.zone(name)
        return name

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, expression: str | None) -> str | None:
        if expression is None:
            return None
        expression = cron.checked(expression)
        cron.next_after(expression, "UTC", _SOME_TIME)
        return expression

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.period_seconds is None) == (self.cron is None):
            raise ValueError("Give either period_seconds or cron.")
        if self.cron is None and self.time_zone != "UTC":
            raise ValueError("Only a cron expression has a time zone.")
        return self

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)

    def after(self, moment: datetime) -> Expectation:
        """Return when the ping after one at this moment is expected."""
        if self.cron is None:
            return expect(moment + timedelta(seconds=self.period_seconds or 0), self.grace)
        due = cron.next_after(self.cron, self.time_zone, moment + EARLY)
        return expect(due, self.grace)
