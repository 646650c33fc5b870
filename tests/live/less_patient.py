"""The configuration of deployments, but unread connections are given up sooner."""

from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[2] / "deploy" / "live.conf.py"
exec(compile(_FILE.read_text(), str(_FILE), "exec"))  # noqa: S102 - gunicorn reads it so, too

_UNREAD_SECONDS = 3


def when_ready(server: Any) -> None:  # noqa: ANN401 - gunicorn's
    from live.listening import give_up_unread  # noqa: PLC0415 - see the configuration above

    for listener in server.LISTENERS:
        give_up_unread(listener.sock, _UNREAD_SECONDS)
