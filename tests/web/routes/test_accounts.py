"""Asking for an account and for a new password, and what the links of the mails open."""

from urllib.parse import urlsplit

import pytest
from flask import Flask

from domain.alerting.account_event import AccountEvent
from tests.api.account_mails import content, path_in
from tests.web.reader import Reader

NEW = {
    "email": "new@example.test",
    "organization_name": "Shop",
    "password": "a long passphrase of words",
}


def test_a_registration_ends_with_a_login(app: Flask, nobody: Reader) -> None:
    asked = nobody.fill(nobody.get("/register"), "/register", **NEW)
    assert asked.title == "Check your mail"
    path = path_in(content(app, AccountEvent.REGISTRATION))
    confirmed = nobody.fill(nobody.get(path), "", path=path, password=NEW["password"])
    assert confirmed.status == 200
    assert nobody.get("/settings/account").title == "Account"


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nothing"), ("password", "short"), ("organization_name", "")],
)
def test_a_registration_that_cannot_be_is_shown_again(
    nobody: Reader, field: str, value: str
) -> None:
    seen = nobody.fill(nobody.get("/register"), "/register", **{**NEW, field: value})
    assert seen.status == 422
    assert seen.one(f"#e-{field}")
    assert seen.one("#f-email")["value"] == (value if field == "email" else NEW["email"])
    assert seen.one("#f-password")["value"] == ""


def test_whether_an_address_has_an_account_is_not_told(ada: Reader, nobody: Reader) -> None:
    del ada
    known, unknown = (
        nobody.fill(nobody.get("/forgot"), "/forgot", email=email).text.replace(email, "")
        for email in ("ada@example.test", "who@example.test")
    )
    assert known == unknown


def test_a_new_password_is_set_by_the_link(app: Flask, ada: Reader) -> None:
    ada.fill(ada.get("/forgot"), "/forgot", email="ada@example.test")
    path = path_in(content(app, AccountEvent.PASSWORD_RESET))
    seen = ada.fill(ada.get(path), "", path=path, password="another long passphrase")
    assert "The new password is set." in seen.text
    assert urlsplit(ada.get("/settings/account").path).path == "/login"
    assert ada.log_in(password="another long passphrase").get("/settings/account").status == 200
