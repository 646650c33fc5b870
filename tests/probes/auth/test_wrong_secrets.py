"""A secret that was refused is not tried again at once, whichever scheme logs in with it."""

from collections.abc import Callable, Mapping

import pytest

from probes.auth.base import AuthorizationError, Credential
from probes.exchange import Request, Response
from tests.probes.auth.asking import conversation, credential, request

FORM = b"<form method=post><input name=user><input type=password name=word></form>"
LOGIN = "https://login.example/"
BY_JSON = {"login_url": LOGIN, "username": "ann", "password": "wrong canary"}
BY_FORM = {**BY_JSON, "success_location": "/home"}
BY_TOKEN = {
    "grant": "password",
    "token_url": LOGIN,
    "client_id": "monitor",
    "client_authentication": "none",
    "username": "ann",
    "password": "wrong canary",
}


class Site:
    """Answers a login with a status, and counts the passwords that it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.page = 200
        self.logins = 0

    def __call__(self, asked: Request) -> Response:
        if asked.method == "GET" and asked.url.text == LOGIN:
            return Response(status=200, body=FORM, body_bytes=len(FORM))
        if asked.url.text != LOGIN:
            return Response(status=self.page)
        self.logins += 1
        return Response(status=self.status, body=b'{"error": "invalid_grant", "token": "abc"}')


def refusal(held: Credential, site: Callable[[Request], Response]) -> str:
    with pytest.raises(AuthorizationError) as refused:
        conversation(held, request(), site)
    return str(refused.value)


@pytest.mark.parametrize(
    ("scheme", "fields", "status"),
    [
        ("oauth2", BY_TOKEN, 400),
        ("oauth2", BY_TOKEN, 401),
        ("json_login", BY_JSON, 401),
        ("json_login", BY_JSON, 403),
        ("json_login", BY_JSON, 422),
        ("form_login", BY_FORM, 200),
        ("form_login", BY_FORM, 401),
    ],
)
def test_a_refused_secret_is_not_tried_by_the_next_checks(
    scheme: str, fields: Mapping[str, object], status: int
) -> None:
    site, held = Site(status), credential(scheme, fields)
    first = refusal(held, site)
    # A recheck asks, too: one wrong answer must not confirm itself.
    assert refusal(held, site) == first
    later = {refusal(held, site) for _ in range(10)}
    assert later == {f"{first} To avoid locking the account, only some checks try it again."}
    assert site.logins == 2
    assert "canary" not in first
    # A change of the credential makes another version, which has a memory of its own.
    assert refusal(credential(scheme, fields), site) == first
    assert site.logins == 3


@pytest.mark.parametrize(
    ("scheme", "fields"), [("oauth2", BY_TOKEN), ("json_login", BY_JSON)], ids=["oauth2", "json"]
)
@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_a_server_that_fails_is_asked_by_every_check(
    scheme: str, fields: Mapping[str, object], status: int
) -> None:
    site, held = Site(status), credential(scheme, fields)
    for _ in range(3):
        refusal(held, site)
    assert site.logins == 3


def test_a_login_between_two_refusals_makes_each_the_first_one() -> None:
    site, held = Site(401), credential("json_login", {**BY_JSON, "token_path": "$.token"})
    first = refusal(held, site)
    site.status = 200
    conversation(held, request(), site)
    # The session has ended, and the password was changed.
    site.status = site.page = 401
    assert [refusal(held, site) for _ in range(2)] == [first, first]
    assert refusal(held, site) != first
    assert site.logins == 4
