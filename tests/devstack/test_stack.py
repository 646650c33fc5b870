"""The stack as tests and `downtime run` start it; its whole way is in tests/e2e and tests/cli."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.errors import NotReadyError
from devstack.lock import HeldError
from devstack.ports import USUAL
from devstack.program import Program
from devstack.roles import ROLES
from devstack.stack import Stack

BOTH = ("beat.1", "beat.2")
FORK_SERVERS = ("fork-server", "fork-server.2")
NOTHING = dict.fromkeys([role.name for role in ROLES] + list(USUAL), 0)


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        yield Path(name) / "var"


@pytest.fixture
def given(servers: dict[str, str]) -> dict[str, str]:
    """Name servers that run already, so that no embedded ones need to start."""
    return dict(servers)


@pytest.fixture(scope="module")
def idle(servers: dict[str, str]) -> Iterator[Stack]:
    """Start one without any process: to start it takes a second."""
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        stack = Stack(Path(name) / "var", counts=NOTHING, settings=servers)
        stack.start()
        yield stack
        stack.stop()


@pytest.fixture(scope="module")
def busy(servers: dict[str, str]) -> Iterator[Stack]:
    """Start one with some processes; tests look at what they were to be, also after their end."""
    small = {"SMTP_URL": "smtp://127.0.0.1:1", "DOWNTIME_SMS_GATEWAY_URL_FILE": "/dev/null"}
    sinks = {name: count for name, count in NOTHING.items() if name not in USUAL}
    none = {"api": 0, "flower": 0, "live": 0}
    counts = sinks | none | {"demo-site": 1, "worker-checks": 2, "beat": 2}
    own = {name: {"PYTHONPATH": "/both"} for name in BOTH}
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        stack = Stack(
            Path(name) / "var",
            counts=counts,
            settings=servers | small,
            settings_of=own | {"worker-checks.2": {"PYTHONPATH": "/alone"}},
        )
        stack.start()
        yield stack
        stack.stop()


def test_given_servers_are_used_instead_of_embedded_ones(
    idle: Stack, given: dict[str, str]
) -> None:
    assert idle.processes == {}
    assert (idle.postgres, idle.redis) == (None, None)
    assert idle.environment["DATABASE_URL"] == given["DATABASE_URL"]


def test_a_job_that_fails_is_named_with_its_log(idle: Stack) -> None:
    with pytest.raises(NotReadyError, match=r"`downtime migrate --what` failed.*jobs\.log"):
        idle.run(["downtime", "migrate", "--what"])
    assert "unrecognized arguments: --what" in (idle.directory / "log" / "jobs.log").read_text()


def test_a_second_stack_over_the_same_directory_is_refused(
    idle: Stack, given: dict[str, str]
) -> None:
    with pytest.raises(HeldError):
        Stack(idle.directory, counts=NOTHING, settings=given).start()


def test_each_small_server_is_left_out_when_its_setting_is_given(busy: Stack) -> None:
    workers = {"worker-checks.1", "worker-checks.2"}
    assert set(busy.processes) == {*FORK_SERVERS, "demo-site", *workers, *BOTH}


def test_more_of_a_role_have_nodes_and_logs_of_their_own(busy: Stack) -> None:
    programs = [busy.processes[f"worker-checks.{number}"].program for number in (1, 2)]
    assert [program.command[5] for program in programs] == ["checks@%h", "checks-2@%h"]
    assert [program.log.name for program in programs] == [
        "worker-checks.1.log",
        "worker-checks.2.log",
    ]


def test_processes_with_the_same_variables_share_a_fork_server_that_has_them(busy: Stack) -> None:
    usual, other = (busy.processes[name].program.environment for name in FORK_SERVERS)
    assert other == {**usual, "PYTHONPATH": "/both"}


def test_a_process_whose_variables_nothing_else_has_is_not_forked(busy: Stack) -> None:
    alone, forked = (busy.processes[name].program for name in ("worker-checks.2", "beat.1"))
    assert alone.environment["PYTHONPATH"] == "/alone"
    assert type(alone) is Program
    assert type(forked) is not Program


def test_stopping_leaves_nothing_running(busy: Stack) -> None:
    busy.stop()
    assert not any(process.running for process in busy.processes.values())


def test_a_start_that_fails_leaves_nothing_running(directory: Path, given: dict[str, str]) -> None:
    stack = Stack(directory, counts=NOTHING, settings=given | {"DOWNTIME_LOG_LEVEL": "LOUD"})
    with pytest.raises(NotReadyError, match="migrate"):
        stack.start()
    following = Stack(directory, counts=NOTHING, settings=given)
    following.start()
    following.stop()


def test_what_keeps_failing_is_named_instead_of_waited_for(
    directory: Path, given: dict[str, str]
) -> None:
    settings = given | {"DOWNTIME_BIND": "127.0.0.1:no-port"}
    stack = Stack(directory, counts=NOTHING | {"api": 1}, settings=settings)
    with pytest.raises(NotReadyError, match=r"look for api\.1 in .*log"), stack:
        pytest.fail("It cannot become ready.")
    assert not stack.processes["api.1"].running


def test_stopping_what_never_started_changes_nothing(directory: Path) -> None:
    Stack(directory).stop()
    assert not directory.exists()
