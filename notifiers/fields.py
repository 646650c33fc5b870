"""What the fields of channels are made of: nothing in them can break out of a header or a line."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from urllib3.exceptions import LocationParseError
from urllib3.util import Url as ParsedUrl
from urllib3.util import parse_url

from security.egress.addresses import DENIED_PORTS, EgressPolicy
from security.egress.guard import judge_url_host

_LONGEST = 2048
_PRINTABLE = re.compile(r"[!-~]+")
_SCHEMES = ("http", "https")


def parsed(url: SecretStr) -> ParsedUrl:
    """Read it as the session that will use it does."""
    return parse_url(url.get_secret_value())


def host_of(url: SecretStr) -> str:
    """Return the host, and the port if it is an unusual one."""
    return parsed(url).netloc or ""


def judge_url(url: SecretStr, policy: EgressPolicy) -> None:
    """Raise a `ValueError` for what is not to be reached under this policy."""
    found = parsed(url)
    if policy.mode == "public" and found.scheme != "https":
        raise ValueError("Must begin with https://.")
    if policy.mode != "any" and found.port in DENIED_PORTS:
        raise ValueError("This service may not connect to that port.")
    judge_url_host(policy, found.host or "")


def _checked_url(secret: SecretStr) -> SecretStr:
    _printable(secret)
    try:
        found = parsed(secret)
    except LocationParseError:
        raise ValueError("This is not a URL.") from None
    if found.scheme not in _SCHEMES or not found.host:
        raise ValueError("Must be a URL such as https://example.com/path.")
    if found.auth:
        raise ValueError("Must not contain a user name or a password.")
    if found.fragment:
        raise ValueError("Must not contain a # part.")
    return secret


def _printable(secret: SecretStr) -> SecretStr:
    if not _PRINTABLE.fullmatch(secret.get_secret_value()):
        raise ValueError("Must contain only printable ASCII characters, and no spaces.")
    return secret


SecretUrl = Annotated[
    SecretStr, Field(min_length=1, max_length=_LONGEST), AfterValidator(_checked_url)
]
"""A URL that whoever knows it may send to; which is why its path is not shown."""


def secret_like(pattern: str, sentence: str) -> AfterValidator:
    """Take only what matches the whole pattern; the sentence says what that is."""
    compiled = re.compile(pattern)

    def checked(secret: SecretStr) -> SecretStr:
        if not compiled.fullmatch(secret.get_secret_value()):
            raise ValueError(sentence)
        return secret

    return AfterValidator(checked)
