"""Servers that others wrote, from the packages of `deploy/test-packages.txt`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str) -> str:
    """Return the path of a program; without it the test is skipped, or fails where CI is set."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return found or missing(name)


def missing(name: str) -> NoReturn:
    """Skip the test, or let it fail where CI is set."""
    message = f"{name} is not installed: see deploy/test-packages.txt"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def let_others_in(directory: Path) -> None:
    """Open the folder, and those above it, to programs that become other users.

    A worker of xdist has one folder more above it.
    """
    for each in (directory, *directory.parents):
        if each == Path(tempfile.gettempdir()):
            break
        each.chmod(0o755)
