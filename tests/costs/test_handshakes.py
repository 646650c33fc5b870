"""What a site chooses in a handshake costs the thread of all checks little: no numbers of its own to compute with."""

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from domain.evaluation.outcome import Cause, Outcome
from security.key_exchange import ServerHello, without_finite_fields
from tests.probes.conftest import Prober
from tests.security import costly_files, der
from tests.servers.raw import RawServer

pytestmark = pytest.mark.abuse(107)

URLS = {"http": "https", "tls": "tls", "websocket": "wss", "smtp": "smtps"}
GROUPS = (0x0100, 0x0101, 0x0102, 0x0103, 0x0104)


def retry_request(group: int, *, cookie: bytes = b"") -> bytes:
    """Return the first message of a server that asks for this group (RFC 8446, 4.1.4)."""
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    extensions = b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02" + group.to_bytes(2)
    if cookie:
        size = len(cookie)
        extensions = b"\x00\x2c" + (size + 2).to_bytes(2) + size.to_bytes(2) + cookie + extensions
    hello = b"\x03\x03" + random + b"\x00\x13\x02\x00" + len(extensions).to_bytes(2) + extensions
    return b"\x02" + len(hello).to_bytes(3) + hello


def in_records(message: bytes, size: int) -> bytes:
    """Cut a message into records, as many as a server likes."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x03" + len(each).to_bytes(2) + each for each in pieces)


@pytest.fixture
def dhe_only(tmp_path: Path) -> ssl.SSLContext:
    """Return the context of a server that speaks TLS 1.2 by DHE, with a number of 10,000 bits."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA).configure_cert(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DHE-RSA-AES256-GCM-SHA384")
    parameters = tmp_path / "dh.pem"
    content = der.sequence(der.integer((1 << 10_000) - 1), der.integer(3))
    parameters.write_text(costly_files.pem(content, "DH PARAMETERS"))
    context.load_dh_params(str(parameters))
    return context


@pytest.mark.parametrize("kind", URLS)
def test_a_site_that_speaks_dhe_alone_is_down_and_computed_with_by_nobody(
    probe: Prober, dhe_only: ssl.SSLContext, kind: str
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(100)

    with RawServer(talk, tls=dhe_only) as server:
        url = f"{URLS[kind]}://127.0.0.1:{server.port}"
        result = probe(url, kind=kind, verify_tls=False)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_a_finite_field_is_refused_however_it_is_cut(
    probe: Prober, group: int, size: int
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(in_records(retry_request(group), size))
        sock.recv(65_536)

    with RawServer(talk) as server:
        result = probe(f"tls://127.0.0.1:{server.port}", kind="tls", verify_tls=False)
    assert result.detail == "The server requires a key exchange that is too expensive."


def test_a_first_message_without_an_end_is_not_waited_for(probe: Prober) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(in_records(retry_request(0x0104, cookie=b"c" * 60_000), 10_000))
        sock.recv(65_536)

    with RawServer(talk) as server:
        result = probe(f"tls://127.0.0.1:{server.port}", kind="tls", verify_tls=False)
    assert result.detail == "The server requires a key exchange that is too expensive."


@pytest.mark.parametrize("group", [0x0017, 0x0018, 0x0019, 0x001D])
def test_a_group_of_a_curve_is_taken(group: int) -> None:
    hello = ServerHello()
    data = in_records(retry_request(group), 7)
    assert not any(hello.is_costly(data[at : at + 1]) for at in range(len(data)))


def test_a_context_keeps_everything_else_and_begins_no_second_handshake() -> None:
    before = ssl.create_default_context()
    after = without_finite_fields(ssl.create_default_context())
    gone = {each["name"] for each in before.get_ciphers()} - {
        each["name"] for each in after.get_ciphers()
    }
    assert gone
    assert all(name.startswith("DHE-") for name in gone)
    assert after.options & ssl.OP_NO_RENEGOTIATION
