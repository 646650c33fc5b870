"""Email addresses and phone numbers: validated, normalized and compared."""

import re
from collections.abc import Collection

import idna
import phonenumbers
from sqlalchemy import ColumnElement, SQLColumnExpression, case, func

from domain.mailbox import DOTLESS, TAG

_LONGEST_EMAIL = 254
_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?!\d+$){_LABEL}")

_COSTLY = frozenset(
    {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}
)
_NO_COUNTRY = "001"
_NOT_AN_EMAIL = "This is not an email address."
_NOT_A_PHONE = "This is not a phone number in international form, such as +14155550123."


NOT_REACHED = "This service does not send text messages to numbers in this country, or call them."


def email_address(text: str) -> str:
    """Return the address with its domain in ASCII and lower case. Raise `ValueError` if invalid."""
    local, at, domain = text.strip().partition("@")
    # Reject long input first: the rules for internationalized names are slow.
    if (
        not at
        or len(domain) > _LONGEST_EMAIL
        or len(local) > _LONGEST_LOCAL
        or not _LOCAL.fullmatch(local)
    ):
        raise ValueError(_NOT_AN_EMAIL)
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:  # idna.IDNAError is one
        raise ValueError(_NOT_AN_EMAIL) from error
    address = f"{local}@{domain}"
    if len(address) > _LONGEST_EMAIL or not _DOMAIN.fullmatch(domain):
        raise ValueError(_NOT_AN_EMAIL)
    return address


def mailbox(address: SQLColumnExpression[str]) -> ColumnElement[str]:
    """Return the SQL expression for `domain.mailbox.mailbox_of` of a column."""
    bare = func.regexp_replace(func.lower(address), TAG, "@")
    local, host = func.split_part(bare, "@", 1), func.split_part(bare, "@", 2)
    return case(
        (host.in_(DOTLESS), func.replace(local, ".", "").concat(f"@{DOTLESS[0]}")), else_=bare
    )


def phone_number(text: str) -> str:
    """Return the number as E.164, such as +14155550123. Raise `ValueError` if invalid."""
    if not text.strip().startswith("+"):
        raise ValueError(_NOT_A_PHONE)
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise ValueError(_NOT_A_PHONE) from error
    # A number that is only valid locally, or as a short code, is not international.
    possible = phonenumbers.is_possible_number_with_reason(number)
    if number.extension or possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(_NOT_A_PHONE)
    if phonenumbers.number_type(number) in _COSTLY:
        raise ValueError("Premium-rate numbers are not accepted.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_reached(number: str, countries: Collection[str]) -> bool:
    """Return whether texts and calls may go to a number of one of these countries (ISO 3166-1).

    Without `countries`, numbers of all countries are allowed. Numbers of no country, such as
    satellites, international networks and services, are not: their price is unexpected.
    """
    try:
        code = phonenumbers.parse(number).country_code or 0
    except phonenumbers.NumberParseException:
        return False
    regions = phonenumbers.region_codes_for_country_code(code)
    if not countries:
        return _NO_COUNTRY not in regions
    if len(regions) == 1:
        return regions[0] in countries
    # Several countries share a code, such as +1. A number that matches none of them may lead
    # anywhere.
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) in countries
