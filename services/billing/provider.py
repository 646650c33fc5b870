"""The port of billing: what this service asks of a provider, whichever it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.plans.billing import Subscription
from services.errors import ServiceError


class ProviderError(ServiceError):
    """The provider cannot be reached, or refuses; the same call may succeed later."""


class InvalidEvent(ServiceError):
    """An event is not signed by the provider, or is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEvent:
    """The usage of an hour. The provider counts an `identifier` once, however often it is sent."""

    customer: str
    meter: str
    identifier: str
    at: datetime
    amount: int


class BillingProvider(Protocol):
    """Calls take up to some seconds: no transaction may be open. They raise `ProviderError`."""

    def create_customer(self, *, name: str, email: str, reference: str) -> str:
        """Return the id of the customer of a reference; a second call returns the same one."""

    def subscription(self, customer: str) -> Subscription:
        """Return the whole present state of a customer."""

    def checkout_link(self, customer: str, *, price: str, back: str) -> str:
        """Return the address of a page where the customer subscribes to a price."""

    def portal_link(self, customer: str, *, back: str) -> str:
        """Return the address of a page with invoices, payment methods and cancellation."""

    def push(self, event: MeterEvent) -> None:
        """Report the usage of an hour."""

    def customer_of_event(self, payload: bytes, signature: str, *, now: datetime) -> str | None:
        """Return the customer that an event is about, or None if it is about none.

        Raise `InvalidEvent` unless the provider signed it within the last five minutes.
        """
