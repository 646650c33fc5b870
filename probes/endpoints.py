"""The addresses of targets other than web pages: `scheme://host:port`.

Hosts have the same grammar as in web addresses. Nothing that a kind has no use for is accepted.
"""

import re
from collections.abc import Mapping

from probes.urls import LONGEST, UNSAFE, Url, UrlError, parse_host

_WHOLE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9]{0,15})://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]/?#:@]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>[/?#].*)?",
    re.IGNORECASE,
)
_WITH_USER = re.compile(r"[a-z][a-z0-9]{0,15}://[^/?#]*@", re.IGNORECASE)
_HIGHEST_PORT = 65_535


def parse_endpoint(text: str, ports: Mapping[str, int | None]) -> Url:
    """Parse an address of one of these schemes, each with its default port or None.

    Raise `UrlError` with what to correct.
    """
    url, rest = split_endpoint(text, ports)
    if rest not in ("", "/"):
        raise UrlError("This address must end after the host and port.")
    return url


def split_endpoint(text: str, ports: Mapping[str, int | None]) -> tuple[Url, str]:
    """Parse an address, and also return the text after the port, unchanged."""
    example = f"{next(iter(ports))}://example.com"
    if len(text) > LONGEST:
        raise UrlError(f"An address may have at most {LONGEST} characters.")
    if UNSAFE.search(text):
        raise UrlError("An address must not contain spaces, control characters or backslashes.")
    if _WITH_USER.match(text):
        raise UrlError("An address must not contain a user name or password: use a credential.")
    match = _WHOLE.fullmatch(text)
    if not match or match["scheme"].lower() not in ports:
        raise UrlError(f"Not an address such as {example}: only {' or '.join(ports)}.")
    scheme, host = match["scheme"].lower(), parse_host(match["host"])
    usual = ports[scheme]
    if match["port"] is None and usual is None:
        raise UrlError(f"The port is missing, such as {example}:1234.")
    port = int(match["port"] or usual or 0)
    if match["port"] and not 1 <= port <= _HIGHEST_PORT:
        raise UrlError("A port must be between 1 and 65535.")
    shown = f"[{host}]" if ":" in host else host
    where = shown if port == usual else f"{shown}:{port}"
    return Url(scheme, host, port, f"{scheme}://{where}"), match["rest"] or ""


def host_of(text: str) -> str:
    """Return the host of an address of any kind, or raise `UrlError`."""
    match = _WHOLE.fullmatch(text)
    if not match or UNSAFE.search(text):
        raise UrlError("Not an address such as https://example.com/.")
    return parse_host(match["host"])
