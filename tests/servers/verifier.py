"""The verifiers of other people, written for Node: see `npm/verify.mjs`."""

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
    npm, node, port = program("npm"), program("node"), free_port()
    with tempfile.TemporaryDirectory(prefix="verifier-") as name:
        directory = Path(name)
        for each in ("package.json", "package-lock.json", "verify.mjs"):
            shutil.copy(_HERE / each, directory)
        _install(npm, directory)
        (directory / "keys.json").write_text(json.dumps(keys))
        command = [node, str(directory / "verify.mjs"), str(port), str(directory / "keys.json")]
        with daemon(command, port):
            yield f"http://127.0.0.1:{port}"


def _install(npm: str, directory: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False, timeout=300)
    if done.returncode:
        problem = f"npm could not install the verifiers: {done.stderr.decode()[-500:]}"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
