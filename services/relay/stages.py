"""The input and the results of the stages of a claim."""

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
    """A due delivery on its way through the stages, with their decisions so far.

    `members` are the other deliveries of its digest. `goes_together` means that it takes along the
    messages waiting for its channel. `was_abandoned` means that the last relay died before it
    answered. `alert` is set once it was built.
    """

    delivery: Delivery
    rate_limit: ChannelRateLimit
    settings: RelaySettings
    now: datetime
    members: Sequence[Delivery] = ()
    was_abandoned: bool = False
    goes_together: bool = False
    alert: Alert | None = None

    @property
    def parts(self) -> list[Delivery]:
        """The deliveries of the message, in the order of writing."""
        return sorted((self.delivery, *self.members), key=lambda each: each.id)

    @property
    def built_alert(self) -> Alert:
        """The alert. Raises `LookupError` in a stage before it was built."""
        if self.alert is None:
            raise LookupError("alert")
        return self.alert


@dataclass(frozen=True, slots=True)
class Postponed:
    """It stays pending until a time, or until the awaited message wakes a relay for it."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is not sent: it becomes a dead letter, or is cancelled because it is no longer needed.

    Without a `reason`, the `last_error` of the delivery remains.
    """

    state: DeliveryState
    reason: str | None = None


Stage = Callable[[Session, Claim], Claim | Postponed | Dropped]
