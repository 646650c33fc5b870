"""dnsmasq as the resolver of an own network, and a name server that changes its mind with each question."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import dns.message
import dns.rdatatype
import dns.rrset

from tests.servers.daemon import daemon
from tests.servers.programs import program

_PORT, _PORT_OF_ZONE = 53, 5300


@contextmanager
def resolver(directory: Path, *records: str) -> Iterator[None]:
    """Answer every address on port 53: these lines of dnsmasq's, `changing.example` by `zone`, and no more."""
    config = directory / "dnsmasq.conf"
    lines = [
        "no-resolv no-hosts keep-in-foreground user=root pid-file= address=/#/".replace(" ", "\n"),
        f"server=/changing.example/127.0.0.1#{_PORT_OF_ZONE}",
        *records,
    ]
    config.write_text("\n".join([*lines, ""]))
    with daemon([program("dnsmasq"), f"--conf-file={config}"], _PORT):
        yield


@contextmanager
def zone(answers: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[None]:
    """Serve `changing.example`: the first question for a name gets its first addresses, and so on.

    The last ones are repeated. Nothing may be kept: the time to live is 0.
    """
    left = {name: list(each) for name, each in answers.items()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", _PORT_OF_ZONE))
        thread = Thread(target=_serve, args=(sock, left), daemon=True)
        thread.start()
        try:
            yield
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", _PORT_OF_ZONE))
            thread.join(5)


def _serve(sock: socket.socket, left: dict[str, list[Sequence[str]]]) -> None:
    while True:
        wire, sender = sock.recvfrom(4096)
        if not wire:
            return
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if question.rdtype == dns.rdatatype.A and name in left:
            addresses = left[name].pop(0) if len(left[name]) > 1 else left[name][0]
            response.answer = [dns.rrset.from_text(question.name, 0, "IN", "A", *addresses)]
        sock.sendto(response.to_wire(), sender)
