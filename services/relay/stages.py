"""What the stages of a claim hand to one another, and how a claim may end without being sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.alerting.alert import Alert
from models import ChannelRateLimit, Delivery
from models.delivery import DeliveryState
from services.relay.settings import RelaySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A due delivery on its way through the stages, with what they decided so far.

    `members` are what a digest says besides the delivery that leads it. `goes_together` says
    whether it takes along what else its channel waits for. `was_abandoned` says whether the
    relay that had it last ended without an answer. `alert` is there once it is worded.
    """

    delivery: Delivery
    rate_limit: ChannelRateLimit
    rules: RelaySettings
    now: datetime
    members: Sequence[Delivery] = ()
    was_abandoned: bool = False
    goes_together: bool = False
    alert: Alert | None = None

    @property
    def parts(self) -> list[Delivery]:
        """The deliveries that the message says, in the order of writing."""
        return sorted((self.delivery, *self.members), key=lambda each: each.id)

    @property
    def worded(self) -> Alert:
        """What the message says; raises `LookupError` in a stage before it is worded."""
        if self.alert is None:
            raise LookupError("alert")
        return self.alert


@dataclass(frozen=True, slots=True)
class Postponed:
    """It stays pending until a time, or until the message that it waits for wakes a relay for it."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is not sent: a dead letter, or cancelled since there is nothing to say any more.

    Without a `reason` the delivery says already why.
    """

    state: DeliveryState
    reason: str | None = None


Stage = Callable[[Session, Claim], Claim | Postponed | Dropped]
