"""Where messages arrive: remembers what it accepted, and fails when the script says so."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from domain.alerting.alert import Alert
from notifiers.base import NotifierError
from tests.week.script import Span


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message that somebody has now; of a digest, one for each that it stands for."""

    at: float
    address: str
    key: str
    event: str
    name: str
    in_digest: bool = False


@dataclass(slots=True)
class Provider:
    """`mute` says by kind of channel when it is down."""

    mute: Mapping[str, Collection[Span]]
    receipts: list[Receipt] = field(default_factory=list)
    unmarked: Counter[str] = field(default_factory=Counter)
    """How often a message was accepted and then could not be marked, by the key of each part."""
    refused: int = 0

    def send(self, kind: str, address: str, alert: Alert, *, now: float) -> None:
        if any(span.holds(now) for span in self.mute.get(kind, ())):
            self.refused += 1
            raise NotifierError("Nobody answers.")
        self.receipts += [
            Receipt(
                now,
                address,
                part.key,
                part.event.value,
                part.monitor_name,
                in_digest=bool(alert.parts),
            )
            for part in _parts(alert)
        ]

    def lose(self, alert: Alert) -> None:
        """Note that who sent this died before it could write that down."""
        self.unmarked.update(part.key for part in _parts(alert))


def _parts(alert: Alert) -> Iterator[Alert]:
    yield from alert.parts or (alert,)
