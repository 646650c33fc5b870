"""Records of DNS as text that can be compared. Pure."""

from ipaddress import ip_address

import dns.message
import dns.rdatatype
from dns.rdtypes.txtbase import TXTBase

_CASE_COUNTS = frozenset({"TXT", "CAA"})
_ADDRESSES = frozenset({"A", "AAAA"})


def values_of(answer: dns.message.Message, kind: str) -> list[str]:
    """Return the values of all records of this kind in the answer, wherever an alias led to."""
    wanted = dns.rdatatype.from_text(kind)
    return sorted(
        comparable(
            b"".join(record.strings).decode("utf-8", errors="replace")
            if isinstance(record, TXTBase)
            else record.to_text(),
            kind,
        )
        for records in answer.answer
        if records.rdtype == wanted
        for record in records
    )


def names_in(answer: dns.message.Message) -> list[str]:
    """Return each name that has a record in the answer, and each that an alias leads to."""
    aliases = dns.rdatatype.CNAME, dns.rdatatype.DNAME
    targets = [
        record.target
        for records in answer.answer
        if records.rdtype in aliases
        for record in records
    ]
    names = [records.name for records in answer.answer] + targets
    return [each.to_text(omit_final_dot=True).lower() for each in names]


def comparable(text: str, kind: str) -> str:
    """Write a value in the one way in which it is compared."""
    if kind in _CASE_COUNTS:
        return text
    if kind in _ADDRESSES:
        try:
            return str(ip_address(text.strip()))
        except ValueError:
            return text
    return " ".join(part.removesuffix(".") for part in text.lower().split())
