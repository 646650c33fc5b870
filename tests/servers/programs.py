"""Servers that others wrote, from the packages of `deploy/test-packages.txt`."""

import os
import shutil

import pytest


def program(name: str) -> str:
    """Return the path of a program; without it the test is skipped, or fails where CI is set."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    message = f"{name} is not installed: see deploy/test-packages.txt"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
