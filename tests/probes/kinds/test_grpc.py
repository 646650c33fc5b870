"""The kind `grpc`, against the health service of grpcio."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.kinds.grpc import GrpcSettings, validate_url
from probes.urls import UrlError
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target, target_of
from tests.servers.certificates import Certificates
from tests.servers.grpc_health import STATUS, Ports, grpc_health, grpc_without_health
from tests.servers.http2 import frame, literal
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

TOKEN = "canary-of-a-token"


@pytest.fixture(scope="module")
def clients() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, clients: trustme.CA
) -> Iterator[Ports]:
    statuses = {
        "": STATUS.SERVING,
        "shop.v1.Orders": STATUS.NOT_SERVING,
        "shop.v1.Carts": STATUS.UNKNOWN,
        "broken": STATUS.SERVING,
        "locked": STATUS.SERVING,
        "slow": STATUS.SERVING,
        "x" * 200: STATUS.SERVING,
    }
    directory = tmp_path_factory.mktemp("grpc")
    with grpc_health(statuses, certificates, clients, directory, token=TOKEN) as ports:
        yield ports


def ask(
    probe: Prober, url: str, *credentials: Credential, timeout: float = 5, **settings: object
) -> ProbeResult:
    wanted = target_of("grpc", validate_url(url), settings, timeout=timeout)
    named = tuple(replace(each, origins=frozenset({wanted.url})) for each in credentials)
    return probe.check(replace(wanted, credentials=named))


@pytest.mark.parametrize("service", ["", "x" * 200])
def test_a_serving_server_is_up(probe: Prober, server: Ports, service: str) -> None:
    result = ask(probe, f"grpc://127.0.0.1:{server.plain}", service=service)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.first_byte > 0


def test_tls_is_verified_and_the_certificate_dated(probe: Prober, server: Ports) -> None:
    wanted = target(f"grpcs://127.0.0.1:{server.tls}", kind="grpc")
    result = probe.check(replace(wanted, note_expiry=True))
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.tls > 0
    assert result.expiry
    plain = ask(probe, f"grpcs://127.0.0.1:{server.plain}")
    assert (plain.outcome, plain.cause) == (Outcome.DOWN, Cause.TLS)
    assert ask(probe, f"grpc://127.0.0.1:{server.tls}").outcome is Outcome.DOWN


@pytest.mark.parametrize(
    ("service", "cause", "detail"),
    [
        ("shop.v1.Orders", Cause.ANSWER, "The server reports NOT_SERVING, expected SERVING."),
        ("shop.v1.Carts", Cause.ANSWER, "The server reports UNKNOWN, expected SERVING."),
        ("shop.v1", Cause.ANSWER, "The server knows no health of the service shop.v1."),
        ("broken", Cause.ANSWER, "The server refused: UNAVAILABLE: Gr····e: 100 %"),
        (
            "locked",
            Cause.AUTHORIZATION,
            "The server refused the call: UNAUTHENTICATED: Wrong token: None",
        ),
    ],
)
def test_anything_but_serving_is_down_with_the_reason(
    probe: Prober, server: Ports, service: str, cause: Cause, detail: str
) -> None:
    result = ask(probe, f"grpc://127.0.0.1:{server.plain}", service=service)
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, cause, detail)


def test_a_server_without_the_health_service_is_down_and_says_so(probe: Prober) -> None:
    with grpc_without_health() as port:
        result = ask(probe, f"grpc://127.0.0.1:{port}")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "The server does not offer the gRPC health service."


def test_a_credential_authorizes_the_call_over_tls_only(probe: Prober, server: Ports) -> None:
    held = credential("bearer", {"token": TOKEN})
    url = f"grpcs://127.0.0.1:{server.tls}"
    assert ask(probe, url, held, service="locked").outcome is Outcome.UP
    wrong = ask(probe, url, credential("bearer", {"token": TOKEN[1:]}), service="locked")
    assert (wrong.outcome, wrong.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert "Wrong token: Bearer •••" in wrong.detail
    assert TOKEN[1:] not in repr(wrong)
    plain = ask(probe, f"grpc://127.0.0.1:{server.plain}", held, service="locked")
    assert (plain.outcome, plain.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert plain.timings.connect == 0
    url = f"grpc://127.0.0.1:{server.plain}"
    allowed = ask(probe, url, held, service="locked", allow_plaintext_credentials=True)
    assert allowed.outcome is Outcome.UP


def test_a_credential_of_another_origin_is_not_sent(probe: Prober, server: Ports) -> None:
    held = credential("bearer", {"token": TOKEN})
    wanted = target(f"grpcs://127.0.0.1:{server.tls}", kind="grpc", service="locked")
    other = replace(held, origins=frozenset({f"https://127.0.0.1:{server.tls}"}))
    result = probe.check(replace(wanted, credentials=(other,)))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_a_server_may_demand_a_client_certificate(
    probe: Prober, server: Ports, clients: trustme.CA
) -> None:
    url = f"grpcs://127.0.0.1:{server.mutual}"
    assert ask(probe, url).outcome is Outcome.DOWN
    issued = clients.issue_cert("probe.example")
    held = credential(
        "client_certificate",
        {
            "certificate": issued.cert_chain_pems[0].bytes().decode(),
            "key": issued.private_key_pem.bytes().decode(),
        },
    )
    assert ask(probe, url, held).outcome is Outcome.UP


def test_a_slow_answer_is_degraded(probe: Prober, server: Ports) -> None:
    url = f"grpc://127.0.0.1:{server.plain}"
    result = probe(url, kind="grpc", service="slow", latency_threshold_ms=5)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)


def test_a_site_that_is_no_grpc_server_is_down(probe: Prober) -> None:
    with ScriptedSite() as site:
        result = ask(probe, site.url.replace("http://", "grpc://"), timeout=2)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)


def answer(status: bytes, *headers: tuple[bytes, bytes], body: bytes | None = None) -> bytes:
    """Write an answer of one header block, and of a body after it."""
    block = b"".join(literal(*each) for each in ((b":status", status), *headers))
    greeting = frame(4, 0, 0, b"") + frame(4, 1, 0, b"")
    if body is None:
        return greeting + frame(1, 5, 1, block)
    return greeting + frame(1, 4, 1, block) + frame(0, 0, 1, body) + frame(1, 5, 1, literal(*_DONE))


_GRPC = (b"content-type", b"application/grpc")
_DONE = (b"grpc-status", b"0")
_BLOCK = literal(b":status", b"200") + literal(*_GRPC)
_HEAD = frame(1, 4, 1, _BLOCK)


@pytest.mark.parametrize(
    ("said", "cause", "detail"),
    [
        (answer(b"404"), Cause.STATUS, "Answered 404 Not Found, expected 200."),
        (
            answer(b"401"),
            Cause.AUTHORIZATION,
            "The server refused the call: 401 Unauthorized.",
        ),
        (
            answer(b"200", (b"content-type", b"text/html")),
            Cause.PROTOCOL,
            "The answer is not gRPC: text/html",
        ),
        (answer(b"200", _GRPC), Cause.PROTOCOL, "The answer ends without a gRPC status."),
        (
            answer(b"200", _GRPC, (b"grpc-status", b"77")),
            Cause.ANSWER,
            "The server refused: 77",
        ),
        *(
            (
                answer(b"200", _GRPC, body=body),
                Cause.PROTOCOL,
                "The answer is not a valid gRPC message.",
            )
            for body in (
                b"",
                b"\0\0\0\0\x02\x08",
                b"\x01\0\0\0\x02\x08\x01",
                b"\0\0\0\0\x02\x12\x01",
                b"\0\0\0\0\x02\x08\x01" * 2,
                b"\0\xff\xff\xff\xff\x08\x01",
            )
        ),
        (
            answer(b"200", _GRPC, body=b"\0\0\0\0\0"),
            Cause.ANSWER,
            "The server reports UNKNOWN, expected SERVING.",
        ),
        (
            answer(b"200", _GRPC, body=b"\0\0\0\0\x02\x08\x03"),
            Cause.ANSWER,
            "The server reports SERVICE_UNKNOWN, expected SERVING.",
        ),
    ],
)
def test_an_answer_that_no_library_sends_is_judged_too(
    probe: Prober, said: bytes, cause: Cause, detail: str
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(said)
        sock.recv(65_536)

    with RawServer(talk) as raw:
        result = ask(probe, f"grpc://127.0.0.1:{raw.port}", timeout=2)
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, cause, detail)


@pytest.mark.parametrize(
    ("first", "again", "cause"),
    [
        (_HEAD, frame(0, 0, 1, b"x" * 16_000) * 8, Cause.PROTOCOL),
        (_HEAD, frame(8, 0, 0, b"\0\0\0\1") * 500, Cause.TIMEOUT),
        (_HEAD, frame(6, 0, 0, b"12345678") * 500, Cause.PROTOCOL),
        (frame(1, 0, 1, _BLOCK), frame(9, 0, 1, literal(b"a", b"b" * 9_000)) * 8, Cause.PROTOCOL),
        (b"", frame(1, 4, 1, literal(b":status", b"103")) * 500, Cause.PROTOCOL),
    ],
    ids=["messages", "windows", "pings", "trailers", "informational"],
)
def test_a_server_that_sends_without_end_is_left_in_time(
    probe: Prober, first: bytes, again: bytes, cause: Cause
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(frame(4, 0, 0, b"") + frame(4, 1, 0, b"") + first)
        while True:
            sock.sendall(again)

    with RawServer(talk) as raw:
        result = ask(probe, f"grpc://127.0.0.1:{raw.port}", timeout=0.5)
    assert (result.outcome, result.cause) == (Outcome.DOWN, cause)
    assert result.timings.total < 2_000_000
    assert "without a gRPC status" not in result.detail


def test_an_address_needs_its_port_only_without_tls() -> None:
    assert validate_url("GRPCS://Example.com:443") == "grpcs://example.com"
    assert validate_url("grpc://[::1]:50051") == "grpc://[::1]:50051"
    with pytest.raises(UrlError, match="The port is missing"):
        validate_url("grpc://example.com")
    with pytest.raises(UrlError, match="must end after the host"):
        validate_url("grpcs://example.com/shop.v1.Orders")


def test_a_service_has_no_control_characters() -> None:
    with pytest.raises(ValidationError, match="control characters"):
        GrpcSettings(service="a\nb")
