"""What an address means that a user gives without a kind."""

import re
from ipaddress import ip_address

from probes.registry import KINDS
from probes.urls import UrlError
from services.errors import Invalid
from services.monitors.bounds import LONGEST_NAME
from services.monitors.values import MonitorValues

_SCHEME = re.compile(r"([a-z][a-z0-9]{0,15}):", re.IGNORECASE)
_WITH_PORT = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[^:/?#\[\]@]+):(?P<port>[0-9]{1,5})", re.IGNORECASE
)
_KINDS = {
    "http": "http",
    "https": "http",
    "ws": "websocket",
    "wss": "websocket",
    "ftps": "ftp",
    "grpcs": "grpc",
    "imaps": "imap",
    "mqtts": "mqtt",
    "pop3s": "pop3",
    "smtps": "smtp",
    "mysql": "sql",
    "postgresql": "sql",
    "rediss": "redis",
    "ping": "icmp",
}
_WEB_PORTS = {80: "http", 443: "https", 8080: "http", 8443: "https"}
_PORTS = {
    21: "ftp://{}",
    22: "ssh://{}",
    25: "smtp://{}",
    110: "pop3://{}",
    143: "imap://{}",
    465: "smtps://{}",
    587: "smtp://{}:587",
    990: "ftps://{}",
    993: "imaps://{}",
    995: "pop3s://{}",
    1883: "mqtt://{}",
    8883: "mqtts://{}",
}
"""The address of what usually listens on a port. Databases are missing: they require a login."""


def guessed(address: str) -> MonitorValues:
    """Return a monitor for an address as people write it. Raise `Invalid` with what to correct.

    A name alone is a website with https, a number alone is pinged, and a port decides what listens
    there: `example.com`, `192.0.2.1`, `db.example.com:5432`, `ping:example.com`, `wss://…`.
    """
    text = address.strip()
    kind, url = _guess(text)
    try:
        return MonitorValues(name=_name(url), kind=kind, url=KINDS[kind].validate_url(url))
    except UrlError as error:
        raise Invalid({"url": [str(error)]}) from error


def _guess(text: str) -> tuple[str, str]:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port:
        return _of_port(with_port["host"], int(with_port["port"]))
    scheme = _SCHEME.match(text)
    if scheme is not None and not _is_address(text):
        return _of_scheme(scheme[1].lower(), text[scheme.end() :].removeprefix("//"))
    if _is_address(text):
        return "icmp", f"icmp://{_bracketed(text)}"
    return "http", f"https://{text}"


def _of_port(host: str, port: int) -> tuple[str, str]:
    if port in _WEB_PORTS:
        return "http", f"{_WEB_PORTS[port]}://{host}:{port}"
    if port not in _PORTS:
        return "tcp", f"tcp://{host}:{port}"
    url = _PORTS[port].format(host)
    return _kind_of(url.partition(":")[0]), url


def _of_scheme(scheme: str, rest: str) -> tuple[str, str]:
    kind = _kind_of(scheme)
    if kind not in KINDS:
        raise Invalid({"url": [f"There is no kind of monitor for {scheme} addresses."]})
    if kind == "rdap":
        return kind, f"rdap:{rest}"
    return kind, f"{'icmp' if scheme == 'ping' else scheme}://{rest}"


def _kind_of(scheme: str) -> str:
    return _KINDS.get(scheme, scheme)


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _bracketed(text: str) -> str:
    return f"[{text}]" if ":" in text and not text.startswith("[") else text


def _name(url: str) -> str:
    """Return the address without what is the same for nearly all: the scheme and a bare path."""
    name = re.sub(r"^(https?://|rdap:)", "", url).removesuffix("/")
    return name[:LONGEST_NAME]
