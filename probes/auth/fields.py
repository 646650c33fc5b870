"""The types of scheme fields: no value can break out of a header or a line."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from probes.http_headers import checked_name

_LONGEST = 4096
_LONGEST_KEY = 16 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_KEY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def texts_of(*secrets: SecretStr | None) -> tuple[str, ...]:
    """Return the secrets that are given, as plain text."""
    return tuple(secret.get_secret_value() for secret in secrets if secret)


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("Must not contain line breaks or control characters.")
    return text


def _ascii(text: str) -> str:
    if not all(" " <= sign <= "~" for sign in text):
        raise ValueError("Must contain only printable ASCII characters.")
    return text


def _plain_secret(secret: SecretStr) -> SecretStr:
    _plain(secret.get_secret_value())
    return secret


def _ascii_secret(secret: SecretStr) -> SecretStr:
    _ascii(secret.get_secret_value())
    return secret


def _key(secret: SecretStr) -> SecretStr:
    if _CONTROL_IN_KEY.search(secret.get_secret_value()):
        raise ValueError("Must not contain control characters.")
    return secret


Text = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_plain)]
Word = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_ascii)]
"""An identifier that goes into a header unchanged."""
Secret = Annotated[
    SecretStr, Field(min_length=1, max_length=_LONGEST), AfterValidator(_plain_secret)
]
SecretWord = Annotated[
    SecretStr, Field(min_length=1, max_length=_LONGEST), AfterValidator(_ascii_secret)
]
Key = Annotated[SecretStr, Field(min_length=1, max_length=_LONGEST_KEY), AfterValidator(_key)]
"""A key that is never sent: it may have several lines, as PEM does."""
Pem = Annotated[str, Field(min_length=1, max_length=256 * 1024)]
"""Certificates: not secret, and never sent as text."""
ENDPOINT = "endpoint"
"""Annotates a field that determines where secrets are sent. Changing it requires them again."""
HeaderName = Annotated[str, AfterValidator(checked_name)]
