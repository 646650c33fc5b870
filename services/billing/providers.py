"""The billing provider of the operator's choice: none, or Stripe."""

from config.settings import Settings
from services.billing.provider import BillingProvider


def of(settings: Settings) -> BillingProvider | None:
    """Return the provider of the settings, or None without one."""
    if settings.billing == "none":
        return None
    # Its library is large, and only processes that call the provider pay for it.
    from services.billing.stripe import StripeProvider  # noqa: PLC0415

    return StripeProvider(
        key=settings.stripe_key.get_secret_value(),
        url=settings.stripe_url,
        webhook_secrets=tuple(settings.stripe_webhook_secrets.get_secret_value().split()),
    )
