"""The kind `websocket`, against a server of the library websockets."""

import http
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target
from tests.servers.certificates import Certificates

TOKEN = "canary-token"


def _answer(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def _admit(connection: ServerConnection, request: Request) -> Response | None:
    if request.path != "/locked" or request.headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return connection.respond(http.HTTPStatus.UNAUTHORIZED, "Who are you?\n")


def _choose(_connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return Subprotocol("chat") if "chat" in offered else None


@pytest.fixture(scope="module")
def url(certificates: Certificates) -> Iterator[str]:
    """Echo every message, compressed if the client offers that, and ask for a token at /locked."""
    with serve(
        _answer,
        "127.0.0.1",
        0,
        ssl=certificates.valid(),
        process_request=_admit,
        select_subprotocol=_choose,
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"wss://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join(5)


def check(
    probe: Prober,
    url: str,
    *held: Credential,
    **settings: Any,  # noqa: ANN401 - whichever of the target
) -> ProbeResult:
    own = tuple(replace(each, origins=frozenset({origin_of(url)})) for each in held)
    result = probe.check(replace(target(url, kind="websocket", **settings), credentials=own))
    assert "canary" not in repr(result)
    return result


def test_it_upgrades_answers_a_ping_and_echoes(probe: Prober, url: str) -> None:
    words = "Grüße " * 1000
    result = check(probe, url, ping=True, send=words[:900], expect=words[:900], subprotocol="chat")
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.tls > 0


def test_a_subprotocol_that_it_does_not_know_is_refused(probe: Prober, url: str) -> None:
    result = check(probe, url, subprotocol="mqtt")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The server did not accept the subprotocol."


def test_the_upgrade_needs_the_token(probe: Prober, url: str) -> None:
    locked = f"{url}/locked"
    with_token = check(probe, locked, credential("bearer", {"token": TOKEN}))
    wrong = check(probe, locked, credential("bearer", {"token": "canary-wrong"}))
    without = check(probe, locked)
    assert (with_token.outcome, with_token.detail) == (Outcome.UP, "")
    assert (wrong.cause, wrong.detail) == (
        Cause.AUTHORIZATION,
        "The site refused the credential: 401 Unauthorized.",
    )
    assert without.cause is Cause.STATUS
