"""What other people wrote for Node: see `npm/verify.mjs`, `npm/issue.mjs` and `npm/login.mjs`."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program

_HERE = Path(__file__).parent / "npm"


@contextmanager
def verifier(keys: Mapping[str, object]) -> Iterator[str]:
    """Answer 200 to what is signed by these keys, and 401 to anything else."""
    with _node("verify.mjs", keys) as url:
        yield url


@contextmanager
def issuer(settings: Mapping[str, object]) -> Iterator[str]:
    """Issue tokens that are bound by DPoP at `/token`, and take them at `/resource`."""
    with _node("issue.mjs", settings) as url:
        yield url


@contextmanager
def identity_provider(settings: Mapping[str, object]) -> Iterator[str]:
    """Log people in at its own pages, for the clients of the settings."""
    with _node("login.mjs", settings) as url:
        yield url


@contextmanager
def _node(script: str, settings: Mapping[str, object]) -> Iterator[str]:
    npm, node, port = program("npm"), program("node"), free_port()
    with tempfile.TemporaryDirectory(prefix="verifier-") as name:
        directory = Path(name)
        for each in ("package.json", "package-lock.json", script):
            shutil.copy(_HERE / each, directory)
        install(npm, directory)
        (directory / "settings.json").write_text(json.dumps(settings))
        command = [node, str(directory / script), str(port), str(directory / "settings.json")]
        with daemon(command, port):
            yield f"http://127.0.0.1:{port}"


def install(npm: str, directory: Path) -> None:
    """Install what a package-lock.json names, if it can be had."""
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False, timeout=300)
    if done.returncode:
        problem = f"npm could not install the verifiers: {done.stderr.decode()[-500:]}"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
