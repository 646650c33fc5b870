"""Directories for unix sockets, whose whole path must fit the 104 bytes of every kernel."""

import hashlib
import os
import pwd
import stat
import tempfile
from pathlib import Path

_LIMIT = 100


def choose(wanted: Path, name: str, *, user: str | None = None) -> Path:
    """Return `wanted` if a socket `name` fits there, else a short directory that only we can enter.

    The directory may belong to `user` instead, who received it in an earlier run.
    """
    if len(os.fsencode(wanted / name)) <= _LIMIT:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    directory = Path(tempfile.gettempdir()) / f"downtime-{os.geteuid()}-{digest}"
    directory.mkdir(mode=0o700, exist_ok=True)
    _refuse_foreign(directory, {os.geteuid()} | ({pwd.getpwnam(user).pw_uid} if user else set()))
    return directory


def _refuse_foreign(directory: Path, owners: set[int]) -> None:
    """Trust only our own: everybody may create directories and links in the temporary directory."""
    found = directory.lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if not (private and found.st_uid in owners):
        raise PermissionError(f"{directory} belongs to someone else: remove it, or set TMPDIR.")
