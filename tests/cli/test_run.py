"""`downtime run` as a newcomer meets it: a greeting, a login, and a clean end."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from cli.run import main
from tests.devstack.eventually import eventually
from tests.servers.daemon import free_port

pytestmark = pytest.mark.stack

COMMAND = [sys.executable, "-m", "cli.main", "run", "--directory"]


class Run:
    """One run of the command over `directory`."""

    def __init__(self, directory: Path, **variables: str) -> None:
        self.directory = directory
        self._output = directory.parent / f"{uuid.uuid4()}.out"
        stray = ("DOWNTIME_", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "PORT", "DEMO")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(stray)}
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [*COMMAND, str(directory)],
                env=kept | variables,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def greet(self) -> "Run":
        """Wait for the greeting."""
        eventually(lambda: "Ctrl-C" in self.said or self.process.poll() is not None, seconds=90)
        assert self.process.poll() is None, self.said
        return self

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)

    def killed_at(self, mark: str) -> None:
        """End it and its jobs without warning when a file that matches is there."""
        eventually(
            lambda: [*self.directory.glob(mark)] or self.process.poll() is not None, seconds=60
        )
        assert self.process.poll() is None, self.said
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def notified(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]

    def login(self) -> int:
        """Log in with what the greeting tells."""
        account = {
            "email": self.notified(r"First login +(\S+)"),
            "password": self.notified(r"First login .* password (\S+)"),
        }
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.notified(r'API +(http://127.0.0.1:[0-9]+)')}/api/v1/auth/login",
            json.dumps(account).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            status: int = answer.status
            return status

    def open_demo(self) -> int:
        """Press the button of the login page."""
        where = urlsplit(self.notified(r"App +(\S+)"))
        connection = http.client.HTTPConnection(where.netloc, timeout=10)
        connection.request("POST", "/login/demo", headers={"Sec-Fetch-Site": "same-origin"})
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "var"


@pytest.fixture
def nothing_left(directory: Path) -> Iterator[None]:
    yield
    for process in _processes_over(directory):
        process.kill()


def _processes_over(directory: Path) -> list[psutil.Process]:
    """Find what runs with this directory in its environment or on its command line."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("DOWNTIME_VAR_DIR", "")]
        except psutil.Error:
            continue
        if any(str(directory) in word for word in words):
            found.append(process)
    return found


MARKS = (
    # While initdb makes the files of Postgres, and when they are in place.
    "*/PG_VERSION",
    "postgres/postmaster.pid",
    "secrets/jwt.pem",
    # While the tables are made, and the demo; all processes start in between.
    "log/jobs.log",
    "secrets/demo-password",
)


@pytest.mark.usefixtures("nothing_left")
def test_a_run_that_is_killed_at_any_moment_leaves_nothing_behind_and_the_next_goes_on(
    directory: Path,
) -> None:
    for mark in MARKS:
        Run(directory).killed_at(mark)
    port = free_port()
    first = Run(directory, PORT=str(port)).greet()
    assert first.notified(r"API +(\S+)") == f"http://127.0.0.1:{port}"
    assert first.login() == 200
    assert first.open_demo() == 303
    # Nothing is left of the tries before it.
    assert not [*directory.glob("postgres.new*"), *directory.glob("secrets/.*")]
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    eventually(lambda: not _processes_over(directory))
    second = Run(directory).greet()
    assert second.login() == 200
    for pattern in (r"API +(\S+)", r"Flower .* login (\S+)", r"First login .* password (\S+)"):
        assert second.notified(pattern) == first.notified(pattern)
    assert second.end(signal.SIGTERM) == 0
    assert not _processes_over(directory)


@pytest.mark.usefixtures("nothing_left")
def test_ctrl_c_stops_it_cleanly_and_two_over_one_directory_are_refused(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = Run(directory, DEMO="0", PORT=str(port)).greet()
    assert "First login" not in run.said
    assert f"Port {port} is in use by another program: The API is at http" in run.said
    other = Run(directory)
    assert other.process.wait(30) == 1
    assert f"Process {run.process.pid} already runs a stack" in other.said
    assert run.end(signal.SIGINT) == 0
    assert not _processes_over(directory)
    assert not (directory / "postgres" / "postmaster.pid").exists()


@pytest.mark.usefixtures("nothing_left")
def test_a_damaged_database_is_named_with_what_to_do(directory: Path) -> None:
    (directory / "postgres").mkdir(parents=True)
    (directory / "postgres" / "PG_VERSION").write_text("18\n")
    run = Run(directory)
    assert run.process.wait(60) == 1
    assert f"Postgres cannot run on {directory / 'postgres'}: " in run.said
    assert "move it away" in run.said
    assert "Traceback" not in run.said


@pytest.mark.parametrize("port", ["http", "0", "-1", "65536"])
def test_a_port_that_is_none_is_refused(
    directory: Path, port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", port)
    assert main(["--directory", str(directory)]) == 1
    assert capsys.readouterr().err == "PORT must be a number from 1 to 65535.\n"
    assert not directory.exists()
