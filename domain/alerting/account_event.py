"""The account mails that people receive."""

from dataclasses import dataclass
from enum import StrEnum


class AccountEvent(StrEnum):
    """The subject of an account mail. The first five have a link to an action.

    `NEW_DEVICE` and `ACCOUNT_CLOSED` have one, too, and `ORGANIZATION_CLOSED` for owners.
    """

    REGISTRATION = "registration"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - an event
    INVITATION = "invitation"
    EMAIL_ALLOW = "email_allow"
    EMAIL_CONFIRM = "email_confirm"

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an event
    EMAIL_CHANGED = "email_changed"
    FAILED_LOGINS = "failed_logins"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    NEW_DEVICE = "new_device"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    SSO_BYPASSED = "sso_bypassed"
    MACHINE_MADE = "machine_made"
    ORGANIZATION_CLOSED = "organization_closed"
    ORGANIZATION_DELETED = "organization_deleted"
    ACCOUNT_CLOSED = "account_closed"
    ORGANIZATION_SUSPENDED = "organization_suspended"
    SUSPENSION_ENDING = "suspension_ending"
    SUSPENSION_ENDED = "suspension_ended"
    FACTOR_RESET_ASKED = "factor_reset_asked"
    FACTOR_RESET = "factor_reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMailContent:
    """One mail to one person. `key` stays the same for every attempt to send it.

    `link` opens the action of the mail, if it has one. `is_known` marks a registration for an
    address that already has an account. `facts` are further labels and values.
    """

    key: str
    event: AccountEvent
    address: str
    system: str
    link: str = ""
    is_known: bool = False
    facts: tuple[tuple[str, str], ...] = ()
