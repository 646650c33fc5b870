"""The programs of docs/guide/examples open an export, and refuse what is not as it was signed."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor
from server.resources import Transactions
from tests.api.client import ApiClient
from tests.conftest import ROOT
from tests.factories import exports as make
from tests.factories import monitors
from tests.servers.programs import program
from tests.servers.verifier import install

pytestmark = pytest.mark.usefixtures("celery")

EXAMPLES = ROOT / "docs" / "guide" / "examples"
Run = Callable[[], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def downloaded(
    client: ApiClient, transaction: Transactions, session: Session, app: Flask, tmp_path: Path
) -> Path:
    """Give a directory with all that a user has: the files, the key, and our public keys."""
    client.make_monitor()
    monitor = session.scalars(select(Monitor)).one()
    now = int(monitor.created_at.timestamp())
    for number in range(1, 4):
        monitors.check(session, monitor, now - number)
    session.commit()
    export = make.made(client, transaction)
    for file in make.links(client, export):
        response = client.get(make.path_of(file))
        assert response.status_code == 200
        (tmp_path / file["name"]).write_bytes(response.data)
    (tmp_path / "key.txt").write_text(f"# created: today\n{make.IDENTITY}\n")
    jwks = app.extensions["downtime"].tokens.keys().as_jwks()
    (tmp_path / "jwks.json").write_text(json.dumps(jwks))
    return tmp_path


@pytest.fixture(scope="session")
def node_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("examples")
    for name in ("decrypt.mjs", "package.json", "package-lock.json"):
        shutil.copy(EXAMPLES / name, directory)
    install(program("npm"), directory)
    return directory


@pytest.fixture(params=["python", "node"])
def run(request: pytest.FixtureRequest, downloaded: Path) -> Run:
    """Run one of the examples on what was downloaded."""
    if request.param == "python":
        command = [sys.executable, str(EXAMPLES / "decrypt.py")]
    else:
        directory = request.getfixturevalue("node_examples")
        command = [program("node"), str(directory / "decrypt.mjs")]
    files = [str(downloaded / name) for name in ("key.txt", "jwks.json", "manifest.jws")]

    def run_once() -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*command, *files], capture_output=True, text=True, check=False)

    return run_once


def part_of(directory: Path) -> Path:
    (path,) = directory.glob("*.age")
    return path


def test_the_examples_open_an_export(run: Run, downloaded: Path) -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    plain = downloaded / "checks-0001.ndjson.gz"
    assert str(plain) in done.stdout
    rows: list[dict[str, Any]] = make.rows_of(gzip.decompress(plain.read_bytes()))
    assert [row["outcome"] for row in rows] == ["up"] * 3


def test_abuse_58_the_examples_refuse_a_part_that_is_not_what_was_signed(
    run: Run, downloaded: Path
) -> None:
    # Anybody can encrypt to a public key.
    forged = pyrage.encrypt(gzip.compress(b"[]"), [make.IDENTITY.to_public()])
    part_of(downloaded).write_bytes(forged)
    done = run()
    assert done.returncode != 0
    assert "not what was signed" in done.stderr
    assert not (downloaded / "checks-0001.ndjson.gz").exists()


def test_abuse_58_the_examples_refuse_a_part_that_is_cut(run: Run, downloaded: Path) -> None:
    part = part_of(downloaded)
    part.write_bytes(part.read_bytes()[:-1])
    assert run().returncode != 0
    assert not (downloaded / "checks-0001.ndjson.gz").exists()


def test_abuse_58_the_examples_refuse_a_manifest_of_somebody_else(
    run: Run, downloaded: Path
) -> None:
    manifest = downloaded / "manifest.jws"
    head, body, signature = manifest.read_text().split(".")
    manifest.write_text(f"{head}.{body}.{signature[:-4]}{'AAAA'}")
    assert run().returncode != 0
    assert not (downloaded / "checks-0001.ndjson.gz").exists()


def test_the_program_of_debian_opens_a_part(downloaded: Path) -> None:
    key, part = str(downloaded / "key.txt"), str(part_of(downloaded))
    opened = subprocess.run(
        [program("age"), "--decrypt", "-i", key, part], capture_output=True, check=True
    )
    assert len(make.rows_of(gzip.decompress(opened.stdout))) == 3
