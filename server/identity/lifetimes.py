"""How long the settings let a login through the API last."""

from datetime import timedelta

from server.resources import resources
from services.accounts.sessions import Lifetime


def login_lifetime() -> Lifetime:
    """Return the longest lifetime of a session of the API. The policy may shorten it."""
    settings = resources().settings
    return Lifetime(
        unused=timedelta(days=settings.refresh_token_days),
        total=timedelta(days=settings.session_days),
    )
