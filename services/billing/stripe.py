"""The adapter to Stripe: its library, over the guarded session of this service."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import stripe

from domain.plans.billing import Subscription, SubscriptionStatus
from security.egress.addresses import EgressPolicy
from security.egress.guard import OPERATORS_CHOICE, guarded_session
from services.billing.provider import InvalidEvent, MeterEvent, ProviderError

TOLERANCE = timedelta(minutes=5)
"""How old an event may be, by its signature."""

_SECONDS = 10.0
_MOST = 5
"""The newest subscriptions and invoices that are read: an answer has at most 64 KiB."""
_STATUSES = {
    "trialing": SubscriptionStatus.TRIALING,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.PAST_DUE,
    "paused": SubscriptionStatus.PAST_DUE,
    "canceled": SubscriptionStatus.CANCELED,
}
"""Those that are missing belong to subscriptions that never began."""
_BY_RANK = tuple(SubscriptionStatus)


class _GuardedClient(stripe.HTTPClient):
    """Sends the requests of the library where the guard permits; it retries nothing itself."""

    name = "guarded"

    def __init__(self, policy: EgressPolicy) -> None:
        super().__init__()
        self._policy = policy

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 - the signature is the library's
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        with guarded_session(self._policy, seconds=_SECONDS) as session:
            try:
                response = session.request(method, url, headers=dict(headers or {}), data=post_data)
            except OSError as error:
                # Its text may contain the address, but never the key.
                name = type(error).__name__
                raise stripe.APIConnectionError(name) from error  # type: ignore[no-untyped-call]
        return response.text, response.status_code, response.headers

    def close(self) -> None:
        """Close nothing: each request has a session of its own."""


class StripeProvider:
    """`webhook_secrets` are those of the endpoint: while one is rotated, both are valid."""

    def __init__(
        self,
        *,
        key: str,
        url: str,
        webhook_secrets: tuple[str, ...],
        policy: EgressPolicy = OPERATORS_CHOICE,
    ) -> None:
        self._secrets = webhook_secrets
        self._api = stripe.StripeClient(
            key,
            base_addresses={"api": url},
            http_client=_GuardedClient(policy),
            max_network_retries=0,
        ).v1

    def create_customer(self, *, name: str, email: str, reference: str) -> str:
        with _Failure():
            made = self._api.customers.create(
                {"name": name, "email": email, "metadata": {"organization": reference}},
                {"idempotency_key": f"customer/{reference}"},
            )
        return str(made.id)

    def subscription(self, customer: str) -> Subscription:
        with _Failure():
            rows = self._api.subscriptions.list(
                {"customer": customer, "status": "all", "limit": _MOST}
            ).data
        found = [row for row in (each.to_dict() for each in rows) if row["status"] in _STATUSES]
        if not found:
            return Subscription()
        row = min(found, key=_rank)
        is_past_due = _STATUSES[row["status"]] is SubscriptionStatus.PAST_DUE
        return Subscription(
            status=_STATUSES[row["status"]],
            price=_price(row),
            past_due_since=self._unpaid_since(customer, row) if is_past_due else None,
            trial_ends_at=_moment(row.get("trial_end")),
            period_ends_at=_moment(_of_period(row, "current_period_end")),
        )

    def _unpaid_since(self, customer: str, row: Mapping[str, Any]) -> datetime | None:
        """Return when the oldest open invoice was due, or the period began without any."""
        with _Failure():
            listed = self._api.invoices.list({"customer": customer, "limit": _MOST}).data
        invoices = [each.to_dict() for each in listed]
        due = [
            each.get("due_date") or each.get("created")
            for each in invoices
            if each.get("status") == "open"
        ]
        began = _of_period(row, "current_period_start") or row.get("created")
        return _moment(min((each for each in due if each), default=began))

    def checkout_link(self, customer: str, *, price: str, back: str) -> str:
        with _Failure():
            made = self._api.checkout.sessions.create(
                {
                    "customer": customer,
                    "mode": "subscription",
                    "line_items": [{"price": price, "quantity": 1}],
                    "success_url": back,
                    "cancel_url": back,
                }
            )
        return str(made.url)

    def portal_link(self, customer: str, *, back: str) -> str:
        with _Failure():
            made = self._api.billing_portal.sessions.create(
                {"customer": customer, "return_url": back}
            )
        return str(made.url)

    def push(self, event: MeterEvent) -> None:
        with _Failure():
            self._api.billing.meter_events.create(
                {
                    "event_name": event.meter,
                    "identifier": event.identifier,
                    "timestamp": int(event.at.timestamp()),
                    "payload": {
                        "stripe_customer_id": event.customer,
                        "value": str(event.amount),
                    },
                },
                {"idempotency_key": event.identifier},
            )

    def customer_of_event(self, payload: bytes, signature: str, *, now: datetime) -> str | None:
        verify(payload, signature, self._secrets, now=now)
        try:
            about = json.loads(payload)["data"]["object"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidEvent("This is no event.") from error
        if not isinstance(about, dict):
            return None
        is_customer = about.get("object") == "customer"
        customer = about.get("id") if is_customer else about.get("customer")
        return customer if isinstance(customer, str) else None


def verify(payload: bytes, signature: str, secrets: tuple[str, ...], *, now: datetime) -> None:
    """Raise `InvalidEvent` unless a signature of the header is of one of the secrets.

    The library knows only its own clock, and one secret.
    """
    pairs = [part.strip().partition("=") for part in signature.split(",")]
    stamps = [value for name, _, value in pairs if name == "t" and value.isascii()]
    if len(stamps) != 1 or not stamps[0].isdigit() or len(stamps[0]) > len("9999999999"):
        raise InvalidEvent("The signature has no time.")
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE.total_seconds():
        raise InvalidEvent("The signature is too old.")
    signed = stamps[0].encode() + b"." + payload
    given = [value.encode() for name, _, value in pairs if name == "v1"]
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, sha256).hexdigest().encode()
        if any(hmac.compare_digest(expected, each) for each in given):
            return
    raise InvalidEvent("The signature is of none of the secrets.")


class _Failure:
    """Turns what the library raises into `ProviderError`, without what was sent."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, stripe.StripeError):
            code = error.http_status or "no answer"
            raise ProviderError(f"The billing provider failed ({code}). Try again later.") from None


def _rank(row: Mapping[str, Any]) -> tuple[bool, int]:
    """Order a subscription that goes on before one that has ended, and then by age."""
    return _STATUSES[row["status"]] is SubscriptionStatus.CANCELED, -int(row.get("created") or 0)


def _price(row: Mapping[str, Any]) -> str:
    items = (row.get("items") or {}).get("data") or [{}]
    priced = items[0].get("price") or items[0].get("plan") or {}
    return str(priced.get("id") or "")


def _of_period(row: Mapping[str, Any], name: str) -> int | None:
    """Return an edge of the period; newer versions of the API keep it in the items."""
    items = (row.get("items") or {}).get("data") or [{}]
    found: int | None = row.get(name) or items[0].get(name)
    return found


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
