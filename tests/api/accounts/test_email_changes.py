"""Another address: the readers of both have to agree, and both hear of it."""

import pytest
from flask import Flask

from domain.alerting.account_event import AccountEvent
from tests.api.account_mails import letters, path_in, token_in
from tests.api.client import FROM_HERE, PASSWORD, ApiClient, body_of

OLD, NEW = "ada@example.test", "lovelace@example.test"


def ask(client: ApiClient, app: Flask, email: str = NEW) -> dict[str, str]:
    """Ask for another address, and return the tokens by who is to agree."""
    body = {"current_password": PASSWORD, "email": email}
    assert client.post("me/email", body).status_code == 202
    allow, confirm = letters(app)
    assert (allow.event, confirm.event) == (AccountEvent.EMAIL_ALLOW, AccountEvent.EMAIL_CONFIRM)
    assert confirm.address == email
    return {"present": token_in(allow), "next": token_in(confirm)}


def agree(client: ApiClient, reader: str, token: str) -> int:
    response = client.post("auth/confirm-email", {"reader": reader, "token": token})
    return response.status_code


def address(client: ApiClient) -> str:
    return str(client.read("me")["user"]["email"])


@pytest.mark.parametrize("readers", [("present", "next"), ("next", "present")])
def test_it_is_changed_once_both_readers_agreed(
    app: Flask, client: ApiClient, readers: tuple[str, str]
) -> None:
    tokens = ask(client, app)
    first = client.post("auth/confirm-email", {"reader": readers[0], "token": tokens[readers[0]]})
    assert body_of(first) == {"email": NEW, "is_done": False}
    assert address(client) == OLD
    assert agree(client, readers[1], tokens[readers[1]]) == 200
    assert address(client) == NEW
    notified = letters(app)
    assert [(each.event, each.address) for each in notified] == [
        (AccountEvent.EMAIL_CHANGED, OLD),
        (AccountEvent.EMAIL_CHANGED, NEW),
    ]


def test_one_reader_cannot_agree_for_the_other(app: Flask, client: ApiClient) -> None:
    tokens = ask(client, app)
    assert agree(client, "present", tokens["next"]) == 401
    for _ in range(2):
        assert agree(client, "next", tokens["next"]) == 200
    assert address(client) == OLD


def test_it_takes_the_password(client: ApiClient) -> None:
    body = {"current_password": "not it", "email": NEW}
    assert list(body_of(client.post("me/email", body))["errors"]) == ["current_password"]
    same = {"current_password": PASSWORD, "email": OLD.upper()}
    assert list(body_of(client.post("me/email", same))["errors"]) == ["email"]


def test_another_wish_replaces_the_one_before(app: Flask, client: ApiClient) -> None:
    first = ask(client, app)
    ask(client, app, "countess@example.test")
    assert agree(client, "next", first["next"]) == 401


@pytest.mark.abuse(59)
def test_an_address_of_somebody_else_is_told_to_its_reader_alone(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    tokens = ask(client, app, "eve@example.test")
    assert agree(client, "present", tokens["present"]) == 200
    assert agree(stranger, "next", tokens["next"]) == 409
    assert address(client) == OLD


def test_a_new_password_ends_a_change_that_waits(app: Flask, client: ApiClient) -> None:
    tokens = ask(client, app)
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert client.post("me/password", body).status_code == 204
    assert agree(client, "next", tokens["next"]) == 401


def test_the_pages_of_the_links_do_the_same(app: Flask, client: ApiClient) -> None:
    client.post("me/email", {"current_password": PASSWORD, "email": NEW})
    for content in letters(app):
        assert 'type="password"' not in client.get(path_in(content)).text
        assert client.send("POST", path_in(content), headers=FROM_HERE).status_code == 200
    assert address(client) == NEW
