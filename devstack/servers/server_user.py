"""The user that runs Postgres, which refuses to run as root."""

import contextlib
import os
import pwd
import stat
import subprocess
from pathlib import Path

from devstack.errors import NotReadyError

NAME = "embedded_postgres"


def find() -> str | None:
    """Return the user that must run the server, created on first use, or None if we are not root.

    Raise `NotReadyError` if there is no such user and none can be created.
    """
    if os.geteuid() != 0:
        return None
    if not _exists():
        # Another process may create the same user at this moment: only the result counts.
        command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", NAME]
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a fixed command
        if not _exists():
            raise NotReadyError(
                f"Postgres does not run as root, and the user {NAME} could not be created. Create "
                "a system user of that name, or run this as another user."
            )
    return NAME


def give(directory: Path, user: str) -> None:
    """Give `directory` to `user`, who may pass, but not list, the directories above it."""
    entry = pwd.getpwnam(user)
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    _open_way(directory)


def let_read(tree: Path) -> None:
    """Make the programs below `tree` readable and executable for all, whatever the umask."""
    _open_way(tree)
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        wanted = 0o055 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o044
        if mode & wanted != wanted:
            path.chmod(stat.S_IMODE(mode) | wanted)


def _open_way(path: Path) -> None:
    for parent in path.parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _exists() -> bool:
    return any(entry.pw_name == NAME for entry in pwd.getpwall())
