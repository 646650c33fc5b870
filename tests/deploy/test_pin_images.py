"""Abuse 137: an image that is pinned is the one that was seen, and nothing is changed for what was not."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from tests.conftest import ROOT
from tests.servers.daemon import free_port

FILES = ("docker-compose.yml", "deploy/Dockerfile")
OTHERS = {"postgres:18", "redis:8", "caddy:2", "python:3.13-slim"}


class Registry(BaseHTTPRequestHandler):
    """Gives a manifest to whoever has fetched a token for it, as public registries do."""

    protocol_version = "HTTP/1.1"
    spoil: Callable[[str, bytes], bytes] = staticmethod(lambda _, body: body)

    def do_GET(self) -> None:
        host = self.headers["Host"]
        if self.path.startswith("/token?"):
            self._answer(200, b'{"token": "of-anybody"}')
        elif self.headers.get("Authorization") != "Bearer of-anybody":
            scope = f'Bearer realm="http://{host}/token",service="r",scope="pull"'
            self._answer(401, b"{}", ("WWW-Authenticate", scope))
        elif found := re.fullmatch(r"/v2/library/(\w+)/manifests/([\w.-]+)", self.path):
            image = f"{found[1]}:{found[2]}"
            notified = ("Docker-Content-Digest", digest_of(image))
            self._answer(200, type(self).spoil(image, manifest(image)), notified)
        else:
            self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def manifest(image: str) -> bytes:
    return json.dumps({"schemaVersion": 2, "of": image}).encode()


def digest_of(image: str) -> str:
    return f"sha256:{hashlib.sha256(manifest(image)).hexdigest()}"


@contextmanager
def registry(spoil: Callable[[str, bytes], bytes]) -> Iterator[str]:
    handler = type("Handler", (Registry,), {"spoil": staticmethod(spoil)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def texts(checkout: Path) -> list[str]:
    return [(checkout / name).read_text() for name in FILES]


def pin(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(ROOT / "deploy" / "pin_images.py"), *arguments]
    return subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.abuse(137)
def test_every_image_of_others_gets_the_digest_that_was_seen(checkout: Path) -> None:
    before = texts(checkout)
    with registry(lambda _, body: body) as url:
        assert pin(checkout, url).returncode == 0
        once = texts(checkout)
        assert pin(checkout, url).returncode == 0
    assert texts(checkout) == once
    services = yaml.safe_load(once[0])["services"]
    for name, image in (("postgres", "postgres:18"), ("redis", "redis:8"), ("proxy", "caddy:2")):
        assert services[name]["image"] == f"{image}@{digest_of(image)}"
    python = f"FROM python:3.13-slim@{digest_of('python:3.13-slim')}"
    assert re.findall(r"^FROM .*$", once[1], re.MULTILINE) == [f"{python} AS build", python]
    # Nothing else is other than before.
    assert [re.sub(r"@sha256:[0-9a-f]{64}", "", each) for each in once] == [
        re.sub(r"@sha256:[0-9a-f]{64}", "", each) for each in before
    ]


@pytest.mark.abuse(137)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda image, body: body + b" " if image == "caddy:2" else body,
        lambda image, body: b"{}" if image == "python:3.13-slim" else body,
        lambda _, body: body * 2_000_000,
    ],
)
def test_one_that_is_not_what_its_digest_says_changes_nothing(
    checkout: Path, spoil: Callable[[str, bytes], bytes]
) -> None:
    before = texts(checkout)
    with registry(spoil) as url:
        done = pin(checkout, url)
    assert done.returncode == 1
    assert done.stderr.endswith("Nothing was changed.\n")
    assert texts(checkout) == before


@pytest.mark.parametrize(
    "address",
    [f"http://127.0.0.1:{free_port()}", "file:///etc", "nonsense", "http://127.0.0.1:1/x"],
    ids=["nobody there", "no web address", "no address", "a path"],
)
def test_without_a_registry_it_says_so_and_changes_nothing(checkout: Path, address: str) -> None:
    before = texts(checkout)
    done = pin(checkout, address)
    assert done.returncode == 1
    assert "could not be had" in done.stderr
    assert texts(checkout) == before


def test_it_asks_for_an_address(checkout: Path) -> None:
    assert pin(checkout).returncode == 2


def test_it_knows_each_image_of_others() -> None:
    """Digests, where there are any, were seen: nobody writes them by hand."""
    found = " ".join((ROOT / name).read_text() for name in FILES)
    named = re.findall(r"(?:image:|^FROM)\s+([^\s@]+)", found, re.MULTILINE)
    assert {each for each in named if "$" not in each} == OTHERS
