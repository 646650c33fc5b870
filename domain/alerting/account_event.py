"""What people are told about their accounts by mail."""

from dataclasses import dataclass
from enum import StrEnum


class AccountEvent(StrEnum):
    """What a mail is about; those of the first lines hold a link that does something."""

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
    MACHINE_MADE = "machine_made"
    ORGANIZATION_DELETED = "organization_deleted"
    ACCOUNT_DELETED = "account_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMailContent:
    """One mail to one person. `key` stays the same for every attempt to send it.

    `link` opens what the mail is about, if it is about something to do. `is_known` says of a
    registration that the address has an account already. `facts` are what else there is to say,
    each with its label.
    """

    key: str
    event: AccountEvent
    address: str
    system: str
    link: str = ""
    is_known: bool = False
    facts: tuple[tuple[str, str], ...] = ()
