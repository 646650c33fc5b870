"""Other people's clients of an authorization server, for Node: see `npm/tokens.mjs`."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers.programs import program
from tests.servers.verifier import install

_NPM = Path(__file__).parent / "npm"


def asked_for_tokens(settings: Mapping[str, object]) -> Any:  # noqa: ANN401 - what it prints
    """Let openid-client ask for tokens in each way, and jose verify them."""
    with tempfile.TemporaryDirectory(prefix="tokens-") as name:
        directory = Path(name)
        for each in ("package.json", "package-lock.json", "tokens.mjs"):
            shutil.copy(_NPM / each, directory)
        install(program("npm"), directory)
        (directory / "settings.json").write_text(json.dumps(settings))
        command: list[str | Path] = [
            program("node"),
            directory / "tokens.mjs",
            directory / "settings.json",
        ]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
