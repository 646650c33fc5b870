"""DNS records as comparable text. Pure."""

from ipaddress import ip_address

import dns.message
import dns.rdatatype
from dns.rdtypes.txtbase import TXTBase

_CASE_COUNTS = frozenset({"TXT", "CAA"})
_ADDRESSES = frozenset({"A", "AAAA"})


def values_of(answer: dns.message.Message, kind: str) -> list[str]:
    """Return the values of all records of this kind in the answer, including those of aliases."""
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
    """Return each name with a record in the answer, and each target of an alias."""
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
    """Return a value in its one comparable form."""
    if kind in _CASE_COUNTS:
        return text
    if kind in _ADDRESSES:
        try:
            return str(ip_address(text.strip()))
        except ValueError:
            return text
    return " ".join(part.removesuffix(".") for part in text.lower().split())
