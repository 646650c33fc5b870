"""Encrypted answers, read by the samples in docs/guide/examples: joserfc, and jose of npm."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from security.jwt.jose import MEDIA_TYPE
from tests.api.client import ApiClient
from tests.conftest import ROOT
from tests.factories.recipients import KINDS, Holder
from tests.servers.programs import program
from tests.servers.verifier import install

EXAMPLES = ROOT / "docs" / "guide" / "examples"

Command = list[str | Path]


@pytest.fixture(scope="module", params=["python", "node"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Install what the sample needs, before any transaction is open."""
    if request.param == "python":
        return [sys.executable, EXAMPLES / "read_answer.py"]
    directory = tmp_path_factory.mktemp("reader")
    for name in ("package.json", "package-lock.json", "read_answer.mjs"):
        shutil.copy(EXAMPLES / name, directory)
    install(program("npm"), directory)
    return [program("node"), directory / "read_answer.mjs"]


class Reader:
    """An answer, and what is needed to read it."""

    def __init__(self, client: ApiClient, kind: str, directory: Path) -> None:
        holder = Holder(kind)
        self.recipient = holder.register(client)["id"]
        self.sealed = client.send("GET", "analysis", headers={"Accept": MEDIA_TYPE}).text
        self.key, self.jwks = directory / "key.json", directory / "jwks.json"
        self.key.write_text(json.dumps(holder.private))
        self.jwks.write_text(client.send("GET", "/.well-known/jwks.json").text)
        self.issuer = "http://127.0.0.1:8000"

    def read(self, command: Command) -> subprocess.CompletedProcess[str]:
        arguments = [self.key, self.jwks, self.issuer, self.recipient]
        return subprocess.run(
            [*command, *arguments], input=self.sealed, capture_output=True, text=True, check=False
        )


@pytest.mark.parametrize("kind", KINDS)
def test_the_samples_read_what_is_answered(
    sample: Command, client: ApiClient, tmp_path: Path, kind: str
) -> None:
    reader = Reader(client, kind, tmp_path)
    done = reader.read(sample)
    assert done.returncode == 0, done.stderr
    claims: dict[str, Any] = json.loads(done.stdout)
    assert claims["answer"]["monitors"] == 0
    assert claims["aud"] == reader.recipient


def _other_issuer(reader: Reader) -> None:
    reader.issuer = "https://elsewhere.test"


def _other_recipient(reader: Reader) -> None:
    reader.recipient = "somebody else"


def _other_key(reader: Reader) -> None:
    reader.key.write_text(json.dumps(Holder("P-256").private))


def _changed(reader: Reader) -> None:
    header, *parts, tag = reader.sealed.split(".")
    reader.sealed = ".".join([header, *parts, "A" * len(tag)])


@pytest.mark.abuse(53)
@pytest.mark.parametrize("spoil", [_other_issuer, _other_recipient, _other_key, _changed])
def test_abuse_53_the_samples_refuse_what_is_not_for_them_or_not_from_us(
    sample: Command, client: ApiClient, tmp_path: Path, spoil: Callable[[Reader], None]
) -> None:
    reader = Reader(client, "P-256", tmp_path)
    spoil(reader)
    done = reader.read(sample)
    assert done.returncode != 0
    assert done.stdout == ""
