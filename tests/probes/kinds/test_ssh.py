"""The kind `ssh`, against OpenSSH."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.ssh import validate_url
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target_of
from tests.probes.kinds.test_contract import saying, verdict
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.raw import RawServer


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = program("sshd")
    directory = tmp_path_factory.mktemp("sshd")
    key, port = directory / "key", free_port()
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    config = directory / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\n"
        "MaxStartups 100\n"
    )
    with daemon([path, "-D", "-e", "-f", config], port):
        yield f"ssh://127.0.0.1:{port}"


def test_a_banner_is_up_and_timed(probe: Prober, sshd: str) -> None:
    result = probe(sshd, kind="ssh", expect="OpenSSH")
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert 0 < result.timings.first_byte < result.timings.total


def test_another_banner_is_named(probe: Prober, sshd: str) -> None:
    result = probe(sshd, kind="ssh", expect="dropbear")
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


def test_openssh_is_told_the_password_once_its_host_key_is_known(probe: Prober, sshd: str) -> None:
    held = credential("basic", {"username": "no-such-user", "password": "canary-password"})
    own = replace(held, origins=frozenset({origin_of(sshd)}))
    unknown = probe.check(replace(target_of("ssh", sshd, {}), credentials=(own,)))
    found = re.search(r"SHA256:\S{43}", unknown.detail)
    assert found
    settings = {"host_key": found[0]}
    refused = probe.check(replace(target_of("ssh", sshd, settings), credentials=(own,)))
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == "The server refused the user name or the password."
