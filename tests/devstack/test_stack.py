"""The stack as tests and `downtime run` start it; its whole way is in tests/e2e and tests/cli."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.errors import NotReadyError
from devstack.lock import HeldError
from devstack.ports import USUAL
from devstack.roles import ROLES
from devstack.stack import Stack

NOTHING = dict.fromkeys([role.name for role in ROLES] + list(USUAL), 0)


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        yield Path(name) / "var"


@pytest.fixture
def given(servers: dict[str, str]) -> dict[str, str]:
    """Name servers that run already, so that no embedded ones need to start."""
    return dict(servers)


def test_given_servers_are_used_instead_of_embedded_ones(
    directory: Path, given: dict[str, str]
) -> None:
    stack = Stack(directory, counts=NOTHING, settings=given)
    stack.start()
    assert stack.processes == {}
    assert (stack.postgres, stack.redis) == (None, None)
    assert stack.environment["DATABASE_URL"] == given["DATABASE_URL"]
    stack.stop()


def test_each_small_server_is_left_out_when_its_setting_is_given(
    directory: Path, given: dict[str, str]
) -> None:
    sinks = {name: count for name, count in NOTHING.items() if name not in USUAL} | {"demo-site": 1}
    given |= {"SMTP_URL": "smtp://127.0.0.1:1", "DOWNTIME_SMS_GATEWAY_URL_FILE": "/dev/null"}
    stack = Stack(directory, counts=sinks | {"api": 0, "flower": 0, "live": 0}, settings=given)
    stack.start()
    assert set(stack.processes) == {"fork-server", "demo-site"}
    stack.stop()


def test_more_of_a_role_have_nodes_and_logs_of_their_own(
    directory: Path, given: dict[str, str]
) -> None:
    stack = Stack(directory, counts=NOTHING | {"worker-checks": 2}, settings=given)
    stack.start()
    programs = [stack.processes[f"worker-checks.{number}"].program for number in (1, 2)]
    stack.stop()
    assert [program.command[5] for program in programs] == ["checks@%h", "checks-2@%h"]
    assert [program.log.name for program in programs] == [
        "worker-checks.1.log",
        "worker-checks.2.log",
    ]
    assert not any(process.running for process in stack.processes.values())


def test_a_job_that_fails_is_named_with_its_log(directory: Path, given: dict[str, str]) -> None:
    stack = Stack(directory, counts=NOTHING, settings=given)
    stack.start()
    with pytest.raises(NotReadyError, match=r"`downtime migrate --what` failed.*jobs\.log"):
        stack.run(["downtime", "migrate", "--what"])
    assert "unrecognized arguments: --what" in (directory / "log" / "jobs.log").read_text()
    stack.stop()


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


def test_a_second_stack_over_the_same_directory_is_refused(
    directory: Path, given: dict[str, str]
) -> None:
    first = Stack(directory, counts=NOTHING, settings=given)
    first.start()
    with pytest.raises(HeldError):
        Stack(directory, counts=NOTHING, settings=given).start()
    first.stop()


def test_stopping_what_never_started_changes_nothing(directory: Path) -> None:
    Stack(directory).stop()
    assert not directory.exists()


def test_a_process_with_more_than_settings_of_its_own_is_not_forked(
    directory: Path, given: dict[str, str]
) -> None:
    own = {"demo-site": {"PYTHONPATH": "/nowhere"}}
    stack = Stack(directory, counts=NOTHING | {"demo-site": 1}, settings=given, settings_of=own)
    stack.start()
    assert set(stack.processes) == {"demo-site"}
    stack.stop()
