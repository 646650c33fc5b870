"""Logins by JSON: the token is found where it is said to be, and nothing else is taken for one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite
from tests.servers.wsgi import served

PASSWORD = "canary of the API"


class Api:
    """Hands out tokens for a name and a password, and takes each until it is taken back."""

    def __init__(self) -> None:
        self.url = ""
        self.logins: list[dict[str, str]] = []
        self.tokens: set[str] = set()

    def app(self) -> Flask:
        app = Flask("api")

        @app.post("/login")
        def login() -> Any:  # noqa: ANN401 - whatever Flask takes
            said = request.get_json()
            self.logins.append(said)
            if said.get("password") != PASSWORD:
                return jsonify(error="bad_credentials"), 403
            token = f"token-{len(self.logins)}"
            self.tokens.add(token)
            return jsonify(data={"tokens": [{"value": token}]})

        @app.get("/inside")
        def inside() -> Response:
            token = request.headers.get("X-Token", "").removeprefix("JWT ")
            return Response("inside", 200 if token in self.tokens else 401)

        return app


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with served(api.app()) as url:
        api.url = url
        yield api


def held(url: str, **given: object) -> Credential:
    fields: dict[str, object] = {
        "login_url": f"{url}/login",
        "username": "ann",
        "password": PASSWORD,
        "token_path": "$.data.tokens[0].value",
        "header": "X-Token",
        "prefix": "JWT",
        "allow_plaintext": True,
    }
    return credential("json_login", {**fields, **given})


def test_a_token_is_fetched_once_and_renewed_when_it_is_refused(probe: Prober, api: Api) -> None:
    client = held(api.url, extra={"realm": "r"})
    for _ in range(2):
        assert check(probe, f"{api.url}/inside", client).outcome is Outcome.UP
    assert api.logins == [{"username": "ann", "password": PASSWORD, "realm": "r"}]
    api.tokens.clear()
    assert check(probe, f"{api.url}/inside", client).outcome is Outcome.UP
    assert len(api.logins) == 2


def test_a_refused_login_is_told_in_the_servers_code(probe: Prober, api: Api) -> None:
    result = check(probe, f"{api.url}/inside", held(api.url, password="wrong"))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The login address answered 403 bad_credentials."


@pytest.mark.parametrize(
    "path", ["$.token", "$.data.tokens[7].value", "$.data.tokens[0]", "$.data"]
)
def test_a_token_that_is_not_there_is_told(probe: Prober, api: Api, path: str) -> None:
    result = check(probe, f"{api.url}/inside", held(api.url, token_path=path))
    assert result.detail == "The login address answered without a token."


def test_a_token_with_a_line_break_is_not_sent(probe: Prober) -> None:
    with ScriptedSite() as site:
        site.body = json.dumps({"token": "a\r\nX-Evil: 1"}).encode()
        result = check(probe, site.url, held(site.url, token_path="$.token"))
        assert site.count == 1
    assert (
        result.detail == "The login address answered with a token that does not fit into a header."
    )


def test_a_token_may_stand_alone_in_its_header(probe: Prober) -> None:
    with ScriptedSite() as site:
        site.body = b'{"token": "abc"}'
        client = held(site.url, token_path="$.token", prefix="", header="X-Key")
        assert check(probe, site.url, client).outcome is Outcome.UP
        assert b"\r\nX-Key: abc\r\n" in site.received[-1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_path": "token"}, "Not a JSONPath"),
        ({"token_path": "$["}, "Not a JSONPath"),
        ({"token_path": "$..token"}, "one value"),
        ({"token_path": "$.a[*]"}, "one value"),
        ({"login_url": "http://a.example/", "allow_plaintext": False}, "plain http"),
        ({"header": "Host"}, "set by the probe itself"),
        ({"header": "X:\r\nY"}, "letters, digits"),
        ({"prefix": "a\r\nb"}, "match pattern"),
        ({"username_field": "password"}, "different names"),
        ({"extra": {"password": "x"}}, "has the name of the user name"),
        ({"lifetime_seconds": 10**6}, "less than or equal"),
    ],
)
def test_what_cannot_work_is_refused_in_words(given: dict[str, Any], words: str) -> None:
    fields = held("http://site.example").settings.model_dump()
    with pytest.raises(ValidationError, match=words) as caught:
        SCHEMES["json_login"].settings.model_validate({**fields, **given})
    assert PASSWORD not in str(caught.value)
