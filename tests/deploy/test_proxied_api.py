"""Abuse 132 and 133: a real Caddy before a real API, with the settings of docker-compose.yml."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.permissions import PERMISSIONS, Role
from security.vault import KeyRing
from services.accounts import accounts, browser_sessions
from services.accounts.sessions import Origin
from services.machines import api_keys
from services.machines.api_keys import ApiKeyValues
from services.permissions import Maker
from tests.deploy.conftest import Ask
from tests.deploy.deployment import PROXY, Deployment
from tests.deploy.proxy import answer, connect, head, is_there, status
from tests.e2e.patience import eventually

pytestmark = pytest.mark.stack

_OURS = "127.0.0.7"
_PATIENCE_SECONDS = 90


class Proxied:
    """The API as the world reaches it."""

    def __init__(self, deployment: Deployment) -> None:
        self.data = Path(deployment.environment(PROXY)["XDG_DATA_HOME"])
        self.port = int(deployment.ports[PROXY])

    def ask(self, said: bytes, source: str = "127.0.0.1") -> bytes:
        with connect(self.data, self.port, source) as sock:
            sock.sendall(said)
            return answer(sock)

    def is_well(self) -> bool:
        return is_there(self.data, self.port) and status(self.ask(head("GET", "/healthz"))) == 200


@pytest.fixture(scope="module")
def proxied(deployment: Deployment) -> Proxied:
    proxied = Proxied(deployment)
    eventually(proxied.is_well, seconds=_PATIENCE_SECONDS, what="the API behind its proxy")
    return proxied


@pytest.fixture(scope="module")
def key(deployment: Deployment, ask: Ask) -> str:
    """Make an API key that is good from one address alone."""
    now, ring = (
        datetime.now(UTC),
        KeyRing.parse((deployment.secrets / "encryption_keys").read_text()),
    )
    with ask("owner") as session:
        opened = accounts.found(
            session,
            email="ada@proxied.example.test",
            password_hash="none",
            organization_name="Proxied",
            now=now,
        )
        maker = Maker(opened.user.id, PERMISSIONS[Role.OWNER])
        values = ApiKeyValues(name="Near", scopes=["monitor:read"], networks=[f"{_OURS}/32"])
        made = api_keys.create(
            session, opened.organization.id, values, maker=maker, ring=ring, now=now
        )
        text = made.text
    assert text
    return text


def monitors(proxied: Proxied, key: str, source: str, *headers: str) -> int:
    said = head("GET", "/api/v1/monitors", f"Authorization: Bearer {key}", *headers)
    return status(proxied.ask(said, source))


@pytest.mark.abuse(132)
def test_a_client_is_known_by_its_own_address(proxied: Proxied, key: str) -> None:
    assert monitors(proxied, key, _OURS) == 200
    assert monitors(proxied, key, "127.0.0.8") == 401


@pytest.mark.abuse(132)
@pytest.mark.parametrize(
    "claim",
    [
        f"X-Forwarded-For: {_OURS}",
        f"X-Forwarded-For: {_OURS}, {_OURS}",
        f"x-forwarded-for:{_OURS}",
        f"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: {_OURS}",
        f"Forwarded: for={_OURS}",
        f"X-Real-IP: {_OURS}",
        f"X-Forwarded_For: {_OURS}",
    ],
)
def test_a_client_that_claims_another_is_not_believed(
    proxied: Proxied, key: str, claim: str
) -> None:
    assert monitors(proxied, key, "127.0.0.8", claim) in {400, 401}
    assert monitors(proxied, key, _OURS, claim.replace(_OURS, "203.0.113.9")) in {200, 400}


@pytest.mark.abuse(133)
def test_unfinished_requests_keep_nobody_waiting(proxied: Proxied) -> None:
    """Eight of them stopped the API, which has eight threads a process."""
    with ExitStack() as stack:
        for number in range(60):
            sock = stack.enter_context(connect(proxied.data, proxied.port))
            body = head("POST", "/api/v1/auth/login", "Content-Length: 1000") + b"{"
            sock.sendall(body if number % 2 else head("GET", "/healthz")[:-2])
        for _ in range(5):
            assert status(proxied.ask(head("GET", "/healthz"))) == 200


def test_figures_are_for_who_has_the_token(proxied: Proxied, deployment: Deployment) -> None:
    token = (deployment.secrets / "metrics_token").read_text().strip()
    assert status(proxied.ask(head("GET", "/metrics"))) == 404
    said = proxied.ask(head("GET", "/metrics", f"Authorization: Bearer {token}"))
    assert status(said) == 200
    assert b"downtime_part_up" in said


def test_problems_of_the_proxy_look_like_those_of_the_api(proxied: Proxied) -> None:
    said = proxied.ask(head("POST", "/api/v1/auth/login", "Content-Length: 9999999"))
    assert json.loads(said.partition(b"\r\n\r\n")[2])["status"] == 413


@pytest.fixture(scope="module")
def session_cookie(ask: Ask) -> str:
    now = datetime.now(UTC)
    with ask("owner") as session:
        opened = accounts.found(
            session,
            email="eve@proxied.example.test",
            password_hash="none",
            organization_name="Streams",
            now=now,
        )
        origin = Origin("127.0.0.1", "test")
        begun = browser_sessions.begin(session, opened.user, opened.organization, origin, now=now)
    return begun.cookie


def test_a_stream_passes_the_proxy_piece_by_piece(proxied: Proxied, session_cookie: str) -> None:
    request = head("GET", "/live/events", f"Cookie: __Host-session={session_cookie}")
    heard = b""
    with connect(proxied.data, proxied.port) as sock:
        sock.sendall(request)
        # The stream never ends, so a proxy that waits for its end would pass on nothing.
        while b'data: {"v":' not in heard:
            piece = sock.recv(65_536)
            assert piece, heard
            heard += piece
    assert status(heard) == 200
    assert b"content-encoding" not in heard.lower()


def test_a_stream_needs_a_session_behind_the_proxy_too(proxied: Proxied) -> None:
    assert status(proxied.ask(head("GET", "/live/events"))) == 401
