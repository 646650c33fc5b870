"""The kind `ssh`, against OpenSSH."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.kinds.ssh import validate_url
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.auth.keys import ED25519, private_pem
from tests.probes.conftest import Prober, target_of
from tests.probes.kinds.test_contract import saying, verdict
from tests.servers.openssh import PASSWORD, PRIVATE_KEY, USERNAME, Server, openssh
from tests.servers.raw import RawServer


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with openssh(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def test_a_banner_is_up_and_timed(probe: Prober, sshd: Server) -> None:
    result = probe(sshd.url, kind="ssh", expect="OpenSSH")
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert 0 < result.timings.first_byte < result.timings.total


def test_another_banner_is_named(probe: Prober, sshd: Server) -> None:
    result = probe(sshd.url, kind="ssh", expect="dropbear")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith(
        "The banner does not contain the expected text: SSH-2.0-OpenSSH"
    )


def test_lines_before_the_banner_are_passed_over(probe: Prober) -> None:
    with RawServer(saying(b"Hello\r\n\r\nall of you\r\nSSH-2.0-x\r\n")) as server:
        result = probe(f"ssh://127.0.0.1:{server.port}", kind="ssh")
    assert result.outcome is Outcome.UP


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"SSH-1.5-old\r\n", "SSH-1.5-old"),
        (b"SSH-2.0-\r\n", "SSH-2.0-"),
        (b"HTTP/1.1 400 Bad Request\r\n" * 51, "HTTP/1.1 400 Bad Request"),
    ],
)
def test_what_is_not_ssh_2_is_down(probe: Prober, said: bytes, shown: str) -> None:
    assert verdict(probe, "ssh", saying(said)) == (
        Cause.PROTOCOL,
        f"The answer is not SSH 2: {shown}",
    )


def test_the_usual_port_is_left_out() -> None:
    assert validate_url("ssh://Host.example:22") == "ssh://host.example"


def check(probe: Prober, sshd: Server, held: Credential, **settings: str) -> ProbeResult:
    own = replace(held, origins=frozenset({origin_of(sshd.url)}))
    result = probe.check(replace(target_of("ssh", sshd.url, settings), credentials=(own,)))
    assert "canary" not in repr(result)
    return result


def login(password: str) -> Credential:
    return credential("basic", {"username": USERNAME, "password": password})


def test_openssh_accepts_the_password_once_its_host_key_is_known(
    probe: Prober, sshd: Server
) -> None:
    unknown = check(probe, sshd, login(PASSWORD))
    assert (unknown.cause, sshd.host_key in unknown.detail) == (Cause.AUTHORIZATION, True)
    known = check(probe, sshd, login(PASSWORD), host_key=sshd.host_key)
    assert (known.outcome, known.detail) == (Outcome.UP, "")
    refused = check(probe, sshd, login("canary-wrong"), host_key=sshd.host_key)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == "The server refused the user name or the password."


def test_openssh_accepts_the_private_key_and_no_other(probe: Prober, sshd: Server) -> None:
    own = credential("ssh_key", {"username": USERNAME, "key": PRIVATE_KEY})
    other = credential("ssh_key", {"username": USERNAME, "key": private_pem(ED25519)})
    assert check(probe, sshd, own, host_key=sshd.host_key).outcome is Outcome.UP
    refused = check(probe, sshd, other)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == "The server refused the user name or the private key."
