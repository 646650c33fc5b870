"""Command lines with which a job reports to its heartbeat."""

from collections.abc import Sequence

from server.resources import resources
from services.heartbeats.settings import HeartbeatSettings
from web.translations import gettext as _

Command = tuple[str, str]
"""A label, and the lines to copy."""

_CURL = "curl -fsS --retry 5 --max-time 10"
_ANY_TIME = "30 3 * * *"


def ping_url(token: str) -> str:
    return f"{resources().settings.public_url}/ping/{token}"


def of(url: str, settings: HeartbeatSettings) -> Sequence[Command]:
    """Return how to ping from a shell, from cron, from systemd and from PowerShell."""
    cron = settings.cron or _ANY_TIME
    return [
        (_("At the end of a shell script"), f"{_CURL} {url}"),
        (_("With the exit code of a command"), f'./backup.sh; {_CURL} "{url}/$?"'),
        (_("In a crontab"), f"{cron} ./backup.sh; {_CURL} {url}/$? >/dev/null"),
        (_("In the unit of a systemd service"), _systemd(url)),
        (_("In PowerShell"), f'Invoke-RestMethod -Uri "{url}" -TimeoutSec 10 -MaximumRetryCount 5'),
    ]


def _systemd(url: str) -> str:
    return (
        "[Service]\n"
        f"ExecStartPre=-/usr/bin/{_CURL} {url}/start\n"
        f"ExecStopPost=-/bin/sh -c '/usr/bin/{_CURL} {url}/$EXIT_STATUS'"
    )
