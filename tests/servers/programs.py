"""Servers that others wrote, from the packages of `deploy/test-packages.txt`."""

import os
import shutil
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
