"""The protocol of MySQL with scripted servers; MariaDB itself is in the tests of the kind."""

import random
import socket
from functools import partial
from hashlib import sha256

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from tests.probes.conftest import Prober, target_of
from tests.probes.kinds.logging_in import check
from tests.servers.certificates import Certificates
from tests.servers.mysql import (
    END,
    NONCE,
    OK,
    answering,
    column,
    error,
    greeting,
    hang_up,
    heard,
    logging_in,
    packet,
    table,
    text,
)
from tests.servers.raw import RawServer, Talk

PASSWORD = "canary-of-a-password"
LONG = 8
CACHING = b"caching_sha2_password"
IS_SEVEN = [{"type": "value", "value": 7}]


def ask(probe: Prober, talk: Talk, *, timeout: float = 5, **settings: object) -> ProbeResult:
    plain = {"starttls": False, "allow_plaintext_credentials": True}
    with RawServer(talk) as server:
        url = f"mysql://127.0.0.1:{server.port}/shop"
        wanted = target_of("sql", url, plain | settings, timeout=timeout)
        return check(probe, wanted, "user", PASSWORD)


def knows_password(response: bytes) -> bool:
    """Check a proof of `caching_sha2_password` as the server does, who knows the double hash."""
    start = response.index(b"user\0") + len(b"user\0")
    proof = response[start + 1 : start + 1 + response[start]]
    stored = sha256(sha256(PASSWORD.encode()).digest()).digest()
    mask = sha256(stored + NONCE).digest()
    return sha256(bytes(a ^ b for a, b in zip(proof, mask, strict=True))).digest() == stored


def test_mysql_8_takes_the_proof_of_a_password_that_it_has_cached(probe: Prober) -> None:
    def login(response: bytes) -> bytes:
        assert knows_password(response)
        assert b"shop\0caching_sha2_password\0" in response
        return b"\x01\x03"

    def talk(sock: socket.socket) -> None:
        sock.sendall(greeting(CACHING))
        sock.sendall(packet(2, login(heard(sock))) + packet(3, OK))
        answering(table(LONG, text(b"7")))(sock)

    assert ask(probe, talk, assertions=IS_SEVEN).outcome is Outcome.UP


def test_mysql_8_gets_a_password_that_it_has_not_cached_over_tls_only(
    probe: Prober, certificates: Certificates
) -> None:
    demand = logging_in(CACHING, lambda _: b"\x01\x04", after=hang_up)
    refused = ask(probe, demand)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == "The server accepts this password over TLS only."
    sent: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        sock.sendall(greeting(CACHING, can=0xFFFF_FFFF))
        heard(sock)
        with certificates.valid().wrap_socket(sock, server_side=True) as private:
            heard(private)
            private.sendall(packet(3, b"\x01\x04"))
            sent.append(heard(private))
            private.sendall(packet(5, OK))
            answering(table(LONG, text(b"7")))(private)

    assert ask(probe, talk, starttls=True).outcome is Outcome.UP
    assert sent == [PASSWORD.encode() + b"\0"]


def test_a_server_may_change_the_method_of_login(probe: Prober) -> None:
    proofs: list[bytes] = []

    def switch(_: bytes) -> bytes:
        return b"\xfemysql_native_password\0" + NONCE + b"\0"

    def accept(proof: bytes) -> bytes:
        proofs.append(proof)
        return OK

    talk = logging_in(CACHING, switch, accept, after=answering(table(LONG, text(b"7"))))
    assert ask(probe, talk).outcome is Outcome.UP
    assert [len(each) for each in proofs] == [20]


@pytest.mark.parametrize(
    ("demand", "detail"),
    [
        (
            b"\xfemysql_clear_password\0",
            "The server accepts this password over TLS only.",
        ),
        (
            b"\xfeclient_ed25519\0" + NONCE,
            "The server requires an unsupported method of login: client_ed25519",
        ),
        (b"\xfe", "The server requires an unsupported method of login: mysql_old_password"),
        (
            error(1045, b"28000", b"Access denied for user 'user'"),
            "The server refused the login: Access denied for user 'user'",
        ),
    ],
)
def test_a_login_that_cannot_be_made_is_given_up(probe: Prober, demand: bytes, detail: str) -> None:
    result = ask(probe, logging_in(CACHING, lambda _: demand, after=hang_up))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == detail


@pytest.mark.parametrize(
    ("first", "cause", "detail"),
    [
        (
            packet(0, b"\xff\x10\x04Too many connections"),
            Cause.ANSWER,
            "The server refused: Too many connections",
        ),
        (b"220 mail.example ESMTP\r\n", Cause.PROTOCOL, "The answer is not MySQL: 220 mail"),
        (packet(0, b"\x09"), Cause.PROTOCOL, "The answer is not MySQL: "),
        (packet(0, b"\x0a8.4"), Cause.PROTOCOL, "The server sent an invalid message of MySQL."),
        (
            packet(0, b"\x0a5.0\0" + bytes(13) + b"\0\0"),
            Cause.AUTHORIZATION,
            "The server requires an unsupported method of login: mysql_old_password",
        ),
    ],
)
def test_a_server_that_does_not_greet_is_down(
    probe: Prober, first: bytes, cause: Cause, detail: str
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.sendall(first)
        while sock.recv(65_536):
            pass

    result = ask(probe, talk)
    assert (result.outcome, result.cause) == (Outcome.DOWN, cause)
    assert result.detail.startswith(detail)


@pytest.mark.parametrize(
    ("answer", "cause", "detail"),
    [
        ([b"\xfb/etc/passwd"], Cause.PROTOCOL, "The server asked for a file of this service."),
        (
            [error(3024, b"HY000", b"maximum statement execution time exceeded")],
            Cause.TIMEOUT,
            "The server refused the query: maximum statement execution time exceeded",
        ),
        (
            table(LONG, error(1317, b"70100", b"interrupted")),
            Cause.TIMEOUT,
            "The server refused the query: interrupted",
        ),
        (
            [b"\1", *[column(LONG)] * 1001],
            Cause.PROTOCOL,
            "The server sent too many messages.",
        ),
        (
            [b"\1", b"\3def"],
            Cause.PROTOCOL,
            "The server sent an invalid message of MySQL.",
        ),
        (
            table(LONG),
            Cause.ASSERTION,
            "First value: expected to be 7, found no row.",
        ),
        (
            table(LONG, b"\xfb"),
            Cause.ASSERTION,
            "First value: expected to be 7, found null.",
        ),
        ([OK], Cause.ASSERTION, "First value: expected to be 7, found no row."),
    ],
)
def test_an_answer_is_judged_whatever_it_is(
    probe: Prober, answer: list[bytes], cause: Cause, detail: str
) -> None:
    talk = logging_in(CACHING, lambda _: OK, after=answering(answer))
    result = ask(probe, talk, assertions=IS_SEVEN)
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, cause, detail)


def test_a_server_that_refuses_the_transaction_gets_no_query(probe: Prober) -> None:
    commands: list[bytes] = []

    def refusing(sock: socket.socket) -> None:
        for answer in (OK, error(1064, b"42000", b"no transactions")):
            commands.append(heard(sock))
            sock.sendall(packet(1, answer))
        commands.append(sock.recv(65_536))

    result = ask(probe, logging_in(CACHING, lambda _: OK, after=refusing))
    assert result.detail == "The server refused the query: no transactions"
    assert commands[0].startswith(b"\3SET SESSION sql_select_limit = 1, max_execution_time = ")
    assert commands[1] == b"\3START TRANSACTION READ ONLY"
    assert b"SELECT" not in b"".join(commands[2:])


def _say(said: bytes, _: bytes) -> bytes:
    return said


def test_whatever_follows_is_the_fault_of_the_server(probe: Prober) -> None:
    chance = random.Random(1)
    for first in (b"", b"\0", b"\1", b"\xfe", b"\xff", b"\3def"):
        rubbish = first + chance.randbytes(chance.choice((1, 5, 300)))
        for talk in (
            logging_in(CACHING, partial(_say, rubbish), after=hang_up),
            logging_in(CACHING, lambda _: OK, after=answering([rubbish])),
            logging_in(CACHING, lambda _: OK, after=answering([b"\1", rubbish, END, rubbish])),
        ):
            result = ask(probe, talk, timeout=0.3)
            assert result.outcome in {Outcome.DOWN, Outcome.UP}, (rubbish, result)
            assert result.detail.isprintable()
