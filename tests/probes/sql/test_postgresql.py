"""The protocol of PostgreSQL with servers that misbehave; real ones are in the tests of the kind."""

import random
import socket
import struct

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from tests.probes.conftest import Prober, target_of
from tests.probes.kinds.logging_in import check
from tests.servers.raw import RawServer, Talk

ACCEPTED = b"\0\0\0\0"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


READY = message(b"R", ACCEPTED) + message(b"Z", b"I")
SASL = message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0")


def saying(*answers: bytes) -> Talk:
    """Answer each thing that is said."""

    def talk(sock: socket.socket) -> None:
        for answer in answers:
            sock.recv(65_536)
            sock.sendall(answer)
        while sock.recv(65_536):
            pass

    return talk


def ask(probe: Prober, talk: Talk, *, timeout: float = 5, **settings: object) -> ProbeResult:
    plain = {"starttls": False, "allow_plaintext_credentials": True}
    with RawServer(talk) as server:
        url = f"postgresql://127.0.0.1:{server.port}/shop"
        wanted = target_of("sql", url, plain | settings, timeout=timeout)
        return check(probe, wanted, "user", "canary")


@pytest.mark.parametrize(
    ("answers", "detail"),
    [
        (
            [SASL, READY],
            "The login failed because of the server: it does not know the password itself.",
        ),
        (
            [SASL, message(b"R", struct.pack("!I", 11) + b"r=x,s=eA==,i=1")],
            "The login failed because of the server: its nonce is not for this login.",
        ),
        (
            [message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-1\0\0")],
            "The server requires an unsupported method of login: SCRAM-SHA-1",
        ),
        (
            [message(b"R", struct.pack("!I", 7))],
            "The server requires an unsupported method of login: GSSAPI",
        ),
        (
            [message(b"R", struct.pack("!I", 99))],
            "The server requires an unsupported method of login: method 99",
        ),
    ],
)
def test_a_login_that_cannot_be_trusted_or_made_is_given_up(
    probe: Prober, answers: list[bytes], detail: str
) -> None:
    result = ask(probe, saying(*answers))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == detail


@pytest.mark.parametrize(
    ("answers", "cause", "detail"),
    [
        ([b"HTTP/1.1 400 Bad"], Cause.PROTOCOL, "The answer is not PostgreSQL: HTTP/1.1 400 Bad"),
        ([message(b"R")], Cause.PROTOCOL, "The server sent an invalid message of PostgreSQL."),
        (
            [b"R\xff\xff\xff\xff"],
            Cause.PROTOCOL,
            "The server sent a message of more than 64 KiB.",
        ),
        (
            [message(b"R", ACCEPTED) + message(b"S") * 1001],
            Cause.PROTOCOL,
            "The server sent too many messages.",
        ),
        (
            [message(b"E", b"SFATAL\0C57P03\0Mthe database system is starting up\0\0")],
            Cause.ANSWER,
            "The server refused: the database system is starting up",
        ),
        (
            [READY, message(b"E", b"C25006\0Mno\0\0")],
            Cause.ANSWER,
            "The server refused the query: no",
        ),
        (
            [READY, message(b"Z", b"T"), message(b"T", b"\0\1name")],
            Cause.PROTOCOL,
            "The server sent an invalid message of PostgreSQL.",
        ),
        (
            [READY, message(b"Z", b"T"), message(b"E", b"C57014\0Mcanceled\0\0")],
            Cause.TIMEOUT,
            "The server refused the query: canceled",
        ),
    ],
)
def test_a_server_that_fails_or_speaks_otherwise_is_down(
    probe: Prober, answers: list[bytes], cause: Cause, detail: str
) -> None:
    result = ask(probe, saying(*answers))
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, cause, detail)


@pytest.mark.abuse(107)
@pytest.mark.parametrize(
    ("again", "detail"),
    [
        (SASL, "it begins the login again."),
        (b"", "it sends a second challenge."),
    ],
)
def test_a_server_has_one_password_hashed_once(probe: Prober, again: bytes, detail: str) -> None:
    """Each challenge costs 50,000 iterations, and a server could send one after the other."""
    answered: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(SASL)
        while said := sock.recv(65_536):
            answered.append(said)
            nonce = answered[0].partition(b"r=")[2]
            challenge = b"r=%bserver,s=eA==,i=50000" % nonce
            sock.sendall(
                (again if len(answered) > 1 else b"")
                + message(b"R", struct.pack("!I", 11) + challenge)
            )

    result = ask(probe, talk)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == f"The login failed because of the server: {detail}"
    assert len(answered) == 2


def test_a_refused_begin_lets_no_query_follow(probe: Prober) -> None:
    """Without its transaction, the query would not be read-only."""
    heard: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(READY)
        heard.append(sock.recv(65_536))
        sock.sendall(message(b"E", b"C0A000\0Mno transactions\0\0") + message(b"Z", b"I"))
        heard.append(sock.recv(65_536))

    assert ask(probe, talk).cause is Cause.ANSWER
    assert b"BEGIN READ ONLY; SET LOCAL statement_timeout = " in heard[0]
    assert b"SELECT" not in b"".join(heard)


def test_whatever_follows_is_the_fault_of_the_server(probe: Prober) -> None:
    chance = random.Random(1)
    for kind in (b"R", b"E", b"T", b"D", b"Z", b"N"):
        rubbish = message(kind, chance.randbytes(chance.choice((0, 1, 5, 300))))
        for answers in ([rubbish], [READY, message(b"Z", b"T"), rubbish]):
            result = ask(probe, saying(*answers), timeout=0.3)
            assert result.outcome in {Outcome.DOWN, Outcome.UP}, (answers, result)
            assert result.detail.isprintable()
