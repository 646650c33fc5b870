"""Logins by SSH, against a server of asyncssh, and the host key of OpenSSH."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import asyncssh
import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.auth.keys import RSA, private_pem
from tests.probes.conftest import Prober, target_of
from tests.servers.raw import RawServer

PRIVATE_KEY = private_pem(RSA)
USERNAME, PASSWORD = "watcher", "canary-password"


@dataclass
class Served:
    port: int
    host_key: str
    tried: list[str]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    tried: list[str] = []

    class Server(asyncssh.SSHServer):
        def begin_auth(self, _username: str) -> bool:
            return True

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return bool(username == USERNAME and key.get_fingerprint() == known.get_fingerprint())

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            tried.append(password)
            return (username, password) == (USERNAME, PASSWORD)

    known = asyncssh.import_private_key(PRIVATE_KEY)
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> Any:  # noqa: ANN401 - of a library without types here
        return await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key])

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield Served(server.get_port(), key.get_fingerprint("sha256"), tried)

    async def close() -> None:
        server.close()
        await server.wait_closed()

    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def check(probe: Prober, port: int, held: Credential, **settings: object) -> ProbeResult:
    url = f"ssh://127.0.0.1:{port}"
    own = replace(held, origins=frozenset({origin_of(url)}))
    result = probe.check(replace(target_of("ssh", url, settings), credentials=(own,)))
    assert "canary" not in repr(result)
    return result


def login(password: str = PASSWORD) -> Credential:
    return credential("basic", {"username": USERNAME, "password": password})


def test_a_server_with_the_known_host_key_takes_the_login(probe: Prober, served: Served) -> None:
    result = check(probe, served.port, login(), host_key=served.host_key)
    assert (result.outcome, result.detail) == (Outcome.UP, "")


def test_the_password_goes_to_no_other_host_key(probe: Prober, served: Served) -> None:
    served.tried.clear()
    unknown = check(probe, served.port, login())
    other = check(probe, served.port, login(), host_key=f"SHA256:{'A' * 43}")
    assert {unknown.cause, other.cause} == {Cause.AUTHORIZATION}
    assert served.host_key in unknown.detail
    assert other.detail.startswith(f"The host key is {served.host_key}, expected SHA256:AAA")
    assert served.tried == []


def test_a_wrong_password_is_tried_once_a_check_and_then_rests(
    probe: Prober, served: Served
) -> None:
    served.tried.clear()
    held = login("canary-wrong")
    results = [check(probe, served.port, held, host_key=served.host_key) for _ in range(3)]
    assert {each.cause for each in results} == {Cause.AUTHORIZATION}
    assert results[0].detail == "The server refused the user name or the password."
    assert served.tried == ["canary-wrong"] * 2


def test_a_private_key_logs_in_and_is_refused_where_it_is_not_known(
    probe: Prober, served: Served
) -> None:
    held = credential("ssh_key", {"username": USERNAME, "key": PRIVATE_KEY})
    assert check(probe, served.port, held).outcome is Outcome.UP
    assert check(probe, served.port, held, host_key=served.host_key).outcome is Outcome.UP
    wrong = check(probe, served.port, held, host_key=f"SHA256:{'A' * 43}")
    assert wrong.detail.startswith(f"The host key is {served.host_key}, expected SHA256:AAA")
    other = credential("ssh_key", {"username": "somebody", "key": PRIVATE_KEY})
    refused = check(probe, served.port, other)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == "The server refused the user name or the private key."
    assert "PRIVATE KEY" not in repr(refused)


@pytest.mark.abuse(107)
def test_a_server_that_sends_packets_without_end_is_left(probe: Prober) -> None:
    """The library would read thousands of empty packets at once, long after the timeout."""
    ignored = bytes((0, 0, 0, 12, 6, 2)) + bytes(10)

    def talk(sock: socket.socket) -> None:
        sock.sendall(b"SSH-2.0-x\r\n")
        for _ in range(100):
            sock.sendall(ignored * 4096)

    with RawServer(talk) as server:
        result = check(probe, server.port, login(), host_key=f"SHA256:{'A' * 43}")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The server sent too much data."
