"""Asks the DNS for the record that proves a domain."""

import contextlib
from collections.abc import Iterator

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

_SECONDS = 5.0
_MOST_RECORDS = 50
PREFIX = "_downtime-challenge"


def record_name(domain: str) -> str:
    """Return the name of the record that proves a domain."""
    return f"{PREFIX}.{domain}"


def texts(domain: str, resolver: dns.resolver.Resolver) -> frozenset[str] | None:
    """Return the texts of the record; None if no server answered.

    A name that does not exist is an answer: there are no texts. No transaction may be open.
    """
    name = f"{record_name(domain)}."
    try:
        answer = resolver.resolve(name, dns.rdatatype.TXT, lifetime=_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return frozenset()
    except (dns.exception.DNSException, OSError):
        return None
    return frozenset(_texts(list(answer)[:_MOST_RECORDS]))


def _texts(records: list[object]) -> Iterator[str]:
    for record in records:
        if isinstance(record, TXTBase):
            with contextlib.suppress(UnicodeDecodeError):
                yield b"".join(record.strings).decode().strip()
