"""What every notifier does, whom it is told to reach, and how it says that it could not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.alerting.alert import Alert


class NotifierError(Exception):
    """A message was not accepted.

    A permanent refusal is not tried again. `channel_gone` says that it would be the same for every
    other message: the address, or the secret that opens it, is no more; it implies `permanent`.
    `retry_after` is the wait in seconds that the provider asked for. The text is shown to the user:
    it holds no secret.
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        retry_after: float = 0,
        channel_gone: bool = False,
    ) -> None:
        super().__init__(text)
        self.permanent = permanent or channel_gone
        self.channel_gone = channel_gone
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Destination:
    """One channel: what it is shown as, and its settings in the clear, only while it is used."""

    address: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The acceptance of a message: what the provider answered, and its reference if it gave one.

    The answer is the status and the beginning of the body, on one line. It may repeat secrets of the
    channel until the relay has masked them.
    """

    answer: str
    reference: str | None = None


class Notifier(Protocol):
    def send(self, channel: Destination, alert: Alert) -> Receipt:
        """Hand the alert to the provider and return what it answered.

        Blocks for at most 30 seconds; raises `NotifierError` for anything but acceptance.
        """
        ...
