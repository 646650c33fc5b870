"""The console script: its commands, and what it says to those it does not know."""

import subprocess
import sys

import pytest

from cli.main import main

COMMANDS = ["run", "migrate", "keys", "openapi", "demo"]


def test_its_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    notified = capsys.readouterr().out
    assert all(command in notified for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"usage: downtime {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["destroy"], ["migrate", "--force"], ["migrate", "--wait-seconds", "long"]]
)
def test_what_it_does_not_know_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: downtime" in capsys.readouterr().err


def test_without_the_embedded_servers_it_says_what_to_install() -> None:
    # As in a container: the extra `local` is not there.
    hide = "import sys; sys.modules['honcho'] = None; from cli.main import main; sys.exit(main(['run']))"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "downtime-monitor[local]" in done.stderr
    assert "Traceback" not in done.stderr
