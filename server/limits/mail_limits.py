"""Limits how many unrequested mails a mailbox receives.

Each kind of mail and each requester has its own limit, so no requester can exhaust another's.
All addresses of a mailbox count together, because one reader gets them all.
"""

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute

from domain.mailbox import mailbox_of
from server.limits import rate_limits
from services.accounts import accounts

_RESETS = RateLimitItemPerMinute(3, 30, namespace="reset-mails")
"""The time for which a link works, so a refused user has a working link."""


def spend_reset(email: str) -> None:
    """Count a link for a new password, by account only.

    Nothing is sent to other addresses of the mailbox, so they must not use up the account's limit.
    """
    rate_limits.spend(_RESETS, rate_limits.account(accounts.login_email(email)))


def spend_registration(email: str) -> None:
    """Count a link to confirm a registration, also by the network of the client."""
    _spend("registration", email, rate_limits.address())


def spend_invitation(email: str, organization_id: int) -> None:
    """Count an invitation, also by the inviting organization."""
    _spend("invitation", email, f"organization {organization_id}")


def spend_address_change(email: str, user_id: int) -> None:
    """Count a link to the next address of an account, also by user."""
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
