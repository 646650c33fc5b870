"""The kind `redis`, against Redis."""

import socket
from collections.abc import Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.registry import KINDS
from tests.probes.conftest import Prober, target
from tests.probes.kinds.logging_in import check, logged_in
from tests.probes.kinds.test_contract import saying, verdict
from tests.servers.certificates import Certificates
from tests.servers.raw import RawServer
from tests.servers.redis import PASSWORD, Ports, open_redis, redis


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Ports]:
    with redis(tmp_path_factory.mktemp("redis"), certificates) as ports:
        yield ports


def test_a_server_that_anybody_may_ping_is_up(probe: Prober) -> None:
    with open_redis() as port:
        url = f"redis://127.0.0.1:{port}"
        result = probe(url, kind="redis")
        assert (result.outcome, result.detail) == (Outcome.UP, "")
        assert result.timings.first_byte > 0
        wanted = target(url, kind="redis", allow_plaintext_credentials=True)
        refused = check(probe, wanted, "", PASSWORD)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert "without any password configured for the default user" in refused.detail


@pytest.mark.parametrize("user", ["", "default", "checker"])
def test_a_login_is_by_password_or_by_user_and_password(
    probe: Prober, server: Ports, user: str
) -> None:
    wanted = target(f"rediss://127.0.0.1:{server.tls}", kind="redis")
    result = check(probe, wanted, user, PASSWORD)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.tls > 0


def test_a_server_that_requires_a_login_says_so(probe: Prober, server: Ports) -> None:
    url = f"redis://127.0.0.1:{server.locked}"
    result = probe(url, kind="redis")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The server requires a login."
    assert probe(url, kind="redis", accept_refusal=True).outcome is Outcome.UP


def test_a_wrong_password_rests_after_the_second_refusal(probe: Prober, server: Ports) -> None:
    wanted = target(f"rediss://127.0.0.1:{server.tls}", kind="redis")
    wrong = logged_in(wanted, "checker", "canary-of-a-password")
    results = [probe.check(wrong) for _ in range(3)]
    assert {(each.outcome, each.cause) for each in results} == {(Outcome.DOWN, Cause.AUTHORIZATION)}
    assert results[0].detail.startswith("The server refused the login: WRONGPASS ")
    assert [each.timings.connect > 0 for each in results] == [True, True, False]
    assert "only some checks try it again" in results[2].detail
    assert "canary" not in repr(results)
    assert check(probe, wanted, "checker", PASSWORD).outcome is Outcome.UP


def test_a_user_without_the_right_to_ping_is_refused(probe: Prober, server: Ports) -> None:
    wanted = target(f"rediss://127.0.0.1:{server.tls}", kind="redis")
    result = check(probe, wanted, "nobody", PASSWORD)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith("The server refused: NOPERM ")


def test_a_password_is_not_sent_in_clear_unless_that_is_allowed(
    probe: Prober, server: Ports
) -> None:
    url = f"redis://127.0.0.1:{server.locked}"
    refused = check(probe, target(url, kind="redis"), "", PASSWORD)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.timings.connect == 0
    allowed = target(url, kind="redis", allow_plaintext_credentials=True)
    assert check(probe, allowed, "", PASSWORD).outcome is Outcome.UP


def test_tls_is_verified(probe: Prober, server: Ports, certificates: Certificates) -> None:
    plain = probe(f"rediss://127.0.0.1:{server.locked}", kind="redis", timeout=1)
    assert plain.outcome is Outcome.DOWN
    with RawServer(saying(b"+PONG\r\n"), tls=certificates.self_signed()) as other:
        url = f"rediss://127.0.0.1:{other.port}"
        refused = probe(url, kind="redis")
        trusting = probe(url, kind="redis", verify_tls=False)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.TLS)
    assert trusting.outcome is Outcome.UP


@pytest.mark.parametrize(
    ("said", "cause", "detail"),
    [
        (
            b"-LOADING Redis is loading the dataset in memory\r\n",
            Cause.ANSWER,
            "The server refused: LOADING Redis is loading the dataset in memory",
        ),
        (
            b"-ERR max number of clients reached\r\n",
            Cause.ANSWER,
            "The server refused: ERR max number of clients reached",
        ),
        (b"HTTP/1.1 400 Bad Request\r\n", Cause.PROTOCOL, "The answer is not Redis: HTTP/1.1 400"),
        (b"$4\r\nPONG\r\n", Cause.PROTOCOL, "The answer is not Redis: $4"),
        (
            b"-MOVED 3999 127.0.0.1:6381\r\n",
            Cause.ANSWER,
            "The server refused: MOVED 3999 127.0.0.1:6381",
        ),
        (b"*1\r\n" * 100_000, Cause.PROTOCOL, "The answer is not Redis: *1"),
        (b"$536870912\r\n" + b"x" * 300_000, Cause.PROTOCOL, "The answer is not Redis: $5"),
        (b"+OK\r\n", Cause.ANSWER, "The server answered a PING with other words: +OK"),
        (b"+" + b"x" * 5000, Cause.PROTOCOL, "The server sent a line that is too long."),
    ],
)
def test_another_answer_is_down_with_the_reason(
    probe: Prober, said: bytes, cause: Cause, detail: str
) -> None:
    found, words = verdict(probe, "redis", saying(said))
    assert found is cause
    assert words.startswith(detail)


def test_a_user_without_a_password_is_not_sent_as_a_password(probe: Prober) -> None:
    heard: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        heard.append(sock.recv(4096))
        sock.sendall(b"+OK\r\n+PONG\r\n")
        sock.recv(4096)

    with RawServer(talk) as server:
        url = f"redis://127.0.0.1:{server.port}"
        wanted = target(url, kind="redis", allow_plaintext_credentials=True)
        assert check(probe, wanted, "ada", "").outcome is Outcome.UP
    assert heard == [b"*3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$0\r\n\r\n"]


def test_no_password_becomes_another_command(probe: Prober, server: Ports) -> None:
    wanted = target(f"rediss://127.0.0.1:{server.tls}", kind="redis")
    result = check(probe, wanted, "checker", "x $4 QUIT *1")
    assert result.cause is Cause.AUTHORIZATION


def test_an_address_ends_after_the_port() -> None:
    validate = KINDS["redis"].validate_url
    assert validate("REDISS://Cache.example:6379") == "rediss://cache.example"
    with pytest.raises(ValueError, match="must end after the host and port"):
        validate("redis://cache.example/0")


@pytest.mark.abuse(104)
@pytest.mark.parametrize("password", ["pässwörd-canary", "canary-" + "x" * 150])
def test_a_server_that_repeats_a_password_as_an_unknown_command_shows_none_of_it(
    probe: Prober, password: str
) -> None:
    """Redis quotes the arguments of commands that it does not know."""

    def talk(sock: socket.socket) -> None:
        sock.recv(4096)
        said = f"-ERR unknown command `AUTH`, with args beginning with: `{password}`, \r\n"
        sock.sendall(said.encode())
        sock.recv(4096)

    with RawServer(talk) as server:
        url = f"redis://127.0.0.1:{server.port}"
        wanted = target(url, kind="redis", allow_plaintext_credentials=True)
        result = check(probe, wanted, "", password)
    assert result.detail.startswith("The server refused: ERR unknown command `AUTH`")
    assert "canary" not in result.detail
    assert "ssw" not in result.detail
