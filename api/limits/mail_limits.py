"""How many mails somebody is sent who did not ask for them in a session.

Each kind of mail has limits of its own, and whoever asks has, so that nobody uses up what others need.
All addresses of a mailbox count together: its reader gets them all.
"""

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute

from api.limits import rate_limits
from domain.mailbox import mailbox_of
from services.accounts import accounts

_RESETS = RateLimitItemPerMinute(3, 30, namespace="reset-mails")
"""In as long as a link works: whoever is refused has one that does."""


def spend_reset(email: str) -> None:
    """Count a link for a new password, by the account alone.

    Nothing is sent to other addresses of the mailbox, so these must not use up what the account may get.
    """
    rate_limits.spend(_RESETS, rate_limits.account(accounts.login_email(email)))


def spend_registration(email: str) -> None:
    """Count a link to open an account, also by the network that asks."""
    _spend("registration", email, rate_limits.address())


def spend_invitation(email: str, organization_id: int) -> None:
    """Count an invitation, also by the organization that invites."""
    _spend("invitation", email, f"organization {organization_id}")


def spend_address_change(email: str, user_id: int) -> None:
    """Count a link to the next address of an account, also by whose it is."""
    _spend("address-change", email, f"user {user_id}")


def _spend(kind: str, email: str, by: str) -> None:
    mailbox = rate_limits.account(mailbox_of(accounts.login_email(email)))
    rate_limits.spend(_from_one(kind), mailbox, by)
    for limit in _together(kind):
        rate_limits.spend(limit, mailbox)


def _from_one(kind: str) -> RateLimitItem:
    return RateLimitItemPerHour(3, namespace=f"{kind}-mails")


def _together(kind: str) -> tuple[RateLimitItem, ...]:
    return (
        RateLimitItemPerHour(10, namespace=f"{kind}-mails-of-all"),
        RateLimitItemPerDay(20, namespace=f"{kind}-mails-of-day"),
    )
