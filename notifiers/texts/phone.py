"""Phone numbers as channels have them: E.164, such as +4915112345678."""

import re
from typing import Annotated

from pydantic import AfterValidator

from notifiers.kind import ChannelSettings, Fingerprint

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def is_number(text: str) -> bool:
    """Say whether it is written as E.164: `+`, a country, 7 to 15 digits in all; not if it exists."""
    return _NUMBER.fullmatch(text) is not None


def _checked(text: str) -> str:
    if not is_number(text):
        raise ValueError("This is not a phone number in international form, such as +14155550123.")
    return text


class PhoneSettings(ChannelSettings):
    address: Annotated[str, AfterValidator(_checked)]

    def address_of(self, fingerprint: Fingerprint) -> str:  # noqa: ARG002 - nothing here is secret
        return self.address
