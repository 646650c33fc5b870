"""The strict grammar of web addresses, applied on write and at every redirect.

Parsers disagree about unusual URLs. So anything unusual is refused, and libcurl receives the URL as
parsed here.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

import idna

LONGEST = 2048
"""The most characters of a URL that a user writes."""
LONGEST_REDIRECT = 8192
"""The most characters of a URL that a site names: single sign-on puts whole requests there."""
_LONGEST_HOST = 253
_PORTS = {"http": 80, "https": 443}
UNSAFE = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
_WHOLE = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]/?#:]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?",
    re.IGNORECASE,
)
_WITH_USER = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_AFTER_ORIGIN = re.compile(r"[/?#]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT = "%!$&'()*+,;=:@/?[]~-._"


class UrlError(ValueError):
    """The text is shown to the user who wrote the URL."""


class UrlTooLongError(UrlError):
    """The URL has more characters than it may have here."""


class UrlSchemeError(UrlError):
    """The URL is of another scheme than http and https."""


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed web address. `text` is ASCII, complete, and without a fragment.

    `literal` is the address if the host is one and not a name. Each check reads it several times.
    """

    scheme: str
    host: str
    port: int
    text: str
    literal: str | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        is_address = ":" in self.host or self.host.rpartition(".")[2].isdigit()
        object.__setattr__(self, "literal", self.host if is_address else None)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def origin_text(self) -> str:
        """The origin as RFC 6454 writes it: without the default port of the scheme."""
        return origin_of(self.text)


def parse_url(text: str, longest: int = LONGEST) -> Url:
    """Parse an http or https URL, or raise `UrlError` with what to correct."""
    if len(text) > longest:
        raise UrlTooLongError(f"A URL may have at most {longest} characters.")
    # Only sites write longer ones, each time others: kept, they would fill the memory of a worker.
    return _cached(text) if len(text) <= LONGEST else _parsed(text)


@lru_cache(maxsize=8192)
def _cached(text: str) -> Url:
    return _parsed(text)


def _parsed(text: str) -> Url:
    if UNSAFE.search(text):
        raise UrlError("A URL must not contain spaces, control characters or backslashes.")
    match = _WHOLE.fullmatch(text)
    if _WITH_USER.match(text):
        raise UrlError("A URL must not contain a user name or password: use a credential.")
    if not match:
        sort = UrlSchemeError if _OTHER_SCHEME.match(text) else UrlError
        raise sort("Not a URL such as https://example.com/path: only http and https.")
    scheme, host = match["scheme"].lower(), parse_host(match["host"])
    port = int(match["port"] or _PORTS[scheme])
    if not 1 <= port <= 65_535:  # noqa: PLR2004 - what a port may be
        raise UrlError("A port must be between 1 and 65535.")
    shown = f"[{host}]" if ":" in host else host
    where = shown if port == _PORTS[scheme] else f"{shown}:{port}"
    rest = quote((match["path"] or "/") + (match["query"] or ""), safe=_KEPT)
    return Url(scheme, host, port, f"{scheme}://{where}{rest}")


def origin_of(text: str) -> str:
    """Return the origin of an address of any kind, which is in the form in which it is stored."""
    scheme, mark, rest = text.partition("://")
    return f"{scheme}{mark}{_AFTER_ORIGIN.split(rest, 1)[0]}"


def validate_url(text: str) -> str:
    """Return the URL as it is stored, or raise `UrlError`."""
    url = parse_url(text).text
    if len(url) > LONGEST:
        raise UrlError(f"A URL may have at most {LONGEST} characters once it is encoded.")
    return url


def parse_host(text: str) -> str:
    """Return a name in lower-case ASCII, or an address, IPv6 without its brackets."""
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1]))
        name = _ascii(text).removesuffix(".")
        labels = name.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            return str(IPv4Address(name))
    except (AddressValueError, UnicodeError) as error:
        raise UrlError("The host is not a valid name or address.") from error
    if len(name) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError("The host is not a valid name or address.")
    return name


def _ascii(host: str) -> str:
    """Return a name as in DNS. A character that maps to a dot or a digit counts as such."""
    return host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
