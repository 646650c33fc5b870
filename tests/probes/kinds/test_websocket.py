"""The kind `websocket`, against Mosquitto, and against servers that no one would write."""

import base64
import hashlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.websocket import WebsocketSettings, validate_url
from probes.urls import origin_of
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.mosquitto import Ports, mosquitto
from tests.servers.raw import RawServer, Talk

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
UPGRADED = b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Ports]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates) as ports:
        yield ports


def upgrade(sock: socket.socket, headers: bytes = b"") -> bytes:
    request = hostile.hear(sock)
    key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    sock.sendall(UPGRADED + b"Sec-WebSocket-Accept: " + accept + b"\r\n" + headers + b"\r\n")
    return request


def framing(*frames: bytes, headers: bytes = b"") -> Talk:
    """Upgrade and say these frames."""

    def talk(sock: socket.socket) -> None:
        upgrade(sock, headers)
        sock.sendall(b"".join(frames))
        while sock.recv(4096):
            pass

    return talk


def text(words: bytes, first: int = 0x81) -> bytes:
    return bytes((first, len(words))) + words


def echo(sock: socket.socket) -> None:
    upgrade(sock)
    head = sock.recv(2)
    size = head[1] & 127
    if size == 126:
        (size,) = struct.unpack("!H", sock.recv(2))
    mask = sock.recv(4)
    masked = b""
    while len(masked) < size:
        masked += sock.recv(size - len(masked))
    payload = bytes(each ^ mask[index % 4] for index, each in enumerate(masked))
    length = len(payload).to_bytes() if size <= 125 else b"\x7e" + struct.pack("!H", len(payload))
    sock.sendall(b"\x81" + length + payload)
    sock.recv(100)


def test_an_upgrade_and_a_ping_are_answered(probe: Prober, broker: Ports) -> None:
    url = f"ws://127.0.0.1:{broker.websocket}/mqtt"
    result = probe(url, kind="websocket", subprotocol="mqtt", ping=True)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert 0 < result.timings.first_byte < result.timings.total


@pytest.mark.parametrize("words", ["hello", "Grüße" * 100])
def test_what_is_sent_is_answered_as_expected(
    probe: Prober, certificates: Certificates, words: str
) -> None:
    with RawServer(echo, tls=certificates.valid()) as server:
        url = server.url.replace("https", "wss")
        result = probe(url, kind="websocket", send=words, expect=words)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.tls > 0


def test_an_upgrade_may_be_one_of_several_connection_headers(probe: Prober) -> None:
    with RawServer(framing(headers=b"Connection: keep-alive\r\nX y\r\n")) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket")
    assert (result.outcome, result.detail) == (Outcome.UP, "")


def test_an_extension_is_not_offered_and_not_taken(probe: Prober) -> None:
    heard = []

    def deflate(sock: socket.socket) -> None:
        heard.append(upgrade(sock, b"Sec-WebSocket-Extensions: permessage-deflate\r\n"))

    with RawServer(deflate) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket")
    assert b"Extensions" not in heard[0]
    assert (result.cause, result.detail) == (
        Cause.PROTOCOL,
        "The upgrade is invalid: unrecognized extension permessage-deflate",
    )


def test_words_in_pieces_with_a_ping_between_are_found(probe: Prober) -> None:
    pieces = (text(b"rea", 0x01), text(b"?", 0x89), text(b"dy", 0x80))
    with RawServer(framing(*pieces)) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket", expect="ready")
    assert result.outcome is Outcome.UP


@pytest.mark.parametrize(
    ("frames", "cause", "detail"),
    [
        ([text(b"\x03\xe8", 0x88)], Cause.CLOSED, "The server closed the WebSocket"),
        ([text(b"x", 0xC1)], Cause.PROTOCOL, "The server sent an invalid frame."),
        ([text(b"x", 0x83)], Cause.PROTOCOL, "The server sent an invalid frame."),
        ([b"\x81\x81mask!"], Cause.PROTOCOL, "The server sent an invalid frame."),
        (
            [b"\x81\x7f" + struct.pack("!Q", 2**62)],
            Cause.PROTOCOL,
            "The server sent a message of more than 64 KiB.",
        ),
        ([text(b"busy")] * 300, Cause.ANSWER, "No message contains the expected text"),
        (
            [b"\x82\x7e\x7f\xff" + b"b" * 0x7FFF] * 3,
            Cause.ANSWER,
            "No message contains the expected text. The last one: bbb",
        ),
        ([text(b"\xe4")], Cause.PROTOCOL, "The server sent an invalid frame."),
        ([text(b"ready", 0x80)], Cause.PROTOCOL, "The server sent an invalid frame."),
        ([b"\x89\x7e\x00\xff"], Cause.PROTOCOL, "The server sent an invalid frame."),
    ],
)
def test_bad_frames_are_told_in_words(
    probe: Prober, frames: list[bytes], cause: Cause, detail: str
) -> None:
    with RawServer(framing(*frames)) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket", expect="ready")
    assert (result.outcome, result.cause) == (Outcome.DOWN, cause)
    assert result.detail.startswith(detail)


@pytest.mark.parametrize(
    ("answer", "cause", "detail"),
    [
        (hostile.OK + b"\r\n", Cause.STATUS, "Answered 200, expected 101 Switching Protocols."),
        (
            UPGRADED + b"Sec-WebSocket-Accept: no\r\n\r\n",
            Cause.PROTOCOL,
            "The server answered the upgrade with a wrong key.",
        ),
        (
            b"HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: no\r\n\r\n",
            Cause.PROTOCOL,
            "The upgrade is invalid: Missing header, 'Connection: Upgrade'",
        ),
        (
            UPGRADED + b"Connection: \xe4\r\n\r\n",
            Cause.PROTOCOL,
            "The upgrade is invalid: A header is not ASCII",
        ),
        (
            UPGRADED + b"Upgrade: a\x00\r\n\r\n",
            Cause.PROTOCOL,
            "The upgrade is invalid: Bad HTTP message",
        ),
        (
            b"HTTP/1.1 101 Yes\r\n" + b"X: y\r\n" * 20_000,
            Cause.PROTOCOL,
            "The response headers are larger than 64 KiB.",
        ),
        (b"SSH-2.0-x\r\n", Cause.PROTOCOL, "The answer is not HTTP: SSH-2.0-x"),
    ],
)
def test_a_refused_upgrade_is_told_in_words(
    probe: Prober, answer: bytes, cause: Cause, detail: str
) -> None:
    with RawServer(hostile.saying(answer)) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket")
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, cause, detail)


@pytest.mark.parametrize(
    ("wanted", "headers"),
    [
        ("chat", b""),
        ("chat", b"Sec-WebSocket-Protocol: mail\r\n"),
        ("", b"Sec-WebSocket-Protocol: mail\r\n"),
    ],
)
def test_a_subprotocol_that_is_not_taken_is_down(
    probe: Prober, wanted: str, headers: bytes
) -> None:
    with RawServer(framing(headers=headers)) as server:
        result = probe(f"ws://127.0.0.1:{server.port}", kind="websocket", subprotocol=wanted)
    assert (result.cause, result.detail) == (
        Cause.PROTOCOL,
        "The server did not accept the subprotocol.",
    )


def test_words_of_a_user_are_not_sent_to_ports_of_stores() -> None:
    with asking(ScriptedNames(store_test=["203.0.112.1"]), EgressPolicy("public")) as probe:
        result = probe("ws://store.test:6379/x", kind="websocket")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_paths_are_stored_encoded() -> None:
    assert validate_url("WS://Example.com:80/ä?q=%20") == "ws://example.com/%C3%A4?q=%20"
    assert validate_url("wss://example.com?x=1") == "wss://example.com/?x=1"
    with pytest.raises(ValueError, match="must not have a fragment"):
        validate_url("ws://example.com/#top")
    assert validate_url(f"ws://{'a' * 58}:8080") == f"ws://{'a' * 58}:8080/"
    with pytest.raises(ValueError, match="more than 63"):
        validate_url(f"ws://{'a' * 59}:8080")


@pytest.mark.parametrize("bad", [{"subprotocol": "a\r\nX: y"}, {"send": "x"}, {"ping": "yes"}])
def test_bad_settings_are_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        WebsocketSettings.model_validate(bad)


@pytest.mark.parametrize(
    ("scheme", "fields", "line"),
    [
        ("bearer", {"token": "canary-token"}, b"Authorization: Bearer canary-token"),
        ("basic", {"username": "u", "password": "canary"}, b"Authorization: Basic dTpjYW5hcnk="),
        ("api_key", {"name": "X-Key", "value": "canary-key"}, b"X-Key: canary-key"),
        ("api_key", {"name": "k", "value": "canary", "place": "query"}, b"GET /live?k=canary HTTP"),
        ("headers", {"headers": [{"name": "X-T", "value": "canary-t"}]}, b"X-T: canary-t"),
    ],
)
def test_an_upgrade_carries_the_credential_like_a_request(
    probe: Prober, scheme: str, fields: dict[str, object], line: bytes
) -> None:
    heard: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        heard.append(upgrade(sock))
        sock.recv(100)

    with RawServer(talk) as server:
        url = f"ws://127.0.0.1:{server.port}/live"
        held = replace(credential(scheme, fields), origins=frozenset({origin_of(url)}))
        wanted = target(url, kind="websocket", allow_plaintext_credentials=True)
        result = probe.check(replace(wanted, credentials=(held,)))
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert line.lower() in heard[0].lower()


def test_a_refused_upgrade_is_trouble_with_the_credential_if_it_had_one(probe: Prober) -> None:
    def refuse(sock: socket.socket) -> None:
        hostile.hear(sock)
        sock.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with RawServer(refuse) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        held = credential("bearer", {"token": "canary-token"})
        held = replace(held, origins=frozenset({origin_of(url)}))
        wanted = replace(target(url, kind="websocket"), credentials=(held,))
        unsent = probe.check(wanted)
        allowed = WebsocketSettings(allow_plaintext_credentials=True)
        refused = probe.check(replace(wanted, settings=allowed))
        without = probe(url, kind="websocket")
    assert (unsent.cause, server.accepted) == (Cause.AUTHORIZATION, 3)
    assert unsent.detail.startswith("The credential is not sent without TLS")
    assert (refused.cause, refused.detail) == (
        Cause.AUTHORIZATION,
        "The site refused the credential: 401 Unauthorized.",
    )
    assert without.cause is Cause.STATUS


def test_messages_without_the_expected_text_are_told_when_the_time_is_over(probe: Prober) -> None:
    said = text(b"welcome, session=canary-of-the-site")
    with RawServer(framing(said)) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        result = probe(url, kind="websocket", expect="pong", timeout=0.5)
        nothing = probe(url, kind="websocket", ping=True, timeout=0.5)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
    assert result.detail == (
        "No message with the expected text within 0.5 s. The last one: welcome, session=***"
    )
    assert nothing.detail == "No complete answer within 0.5 s."
