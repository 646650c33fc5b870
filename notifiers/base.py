"""What every notifier does, and how it says that it could not."""

from typing import Protocol

from domain.alert import Alert


class NotifierError(Exception):
    """A message was not accepted.

    A permanent refusal is not tried again. `retry_after` is the wait in seconds that the provider
    asked for. The text is shown to the user: it holds no secret.
    """

    def __init__(self, text: str, *, permanent: bool, retry_after: float = 0) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after


class Notifier(Protocol):
    def send(self, address: str, alert: Alert) -> str | None:
        """Hand the alert to the provider and return its reference, if it gives one.

        Blocks for at most 30 seconds; raises `NotifierError` for anything but acceptance.
        """
        ...
