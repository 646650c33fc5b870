"""A name server of the test: it answers questions for TXT records, by UDP, from a dictionary."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


@dataclass
class TextRecords:
    """`records` maps names to texts. A name in `broken` gets a failure."""

    port: int
    records: dict[str, list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def resolver(self) -> dns.resolver.Resolver:
        found = dns.resolver.Resolver(configure=False)
        found.nameservers, found.port = ["127.0.0.1"], self.port
        return found

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.records:
            texts = [f'"{text}"' for text in self.records[name]]
            response.answer = [dns.rrset.from_text(question.name, 0, "IN", "TXT", *texts)]
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


@contextmanager
def text_records() -> Iterator[TextRecords]:
    """Serve TXT records on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        served = TextRecords(sock.getsockname()[1])
        thread = Thread(target=_serve, args=(sock, served), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", served.port))
            thread.join(5)


def _serve(sock: socket.socket, served: TextRecords) -> None:
    while True:
        wire, sender = sock.recvfrom(4096)
        if not wire:
            return
        sock.sendto(served.answer(wire), sender)
