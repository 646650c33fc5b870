"""The reader's own account: password, address, sessions, second factor, data, deletion."""

import re

import pytest
from flask import Flask

from security.login import authenticator
from tests.api.accounts.test_second_factor import App
from tests.api.client import PASSWORD
from tests.web.reader import Reader, Seen

PHRASE = "another long passphrase"


def test_a_changed_password_ends_the_other_sessions(app: Flask, ada: Reader) -> None:
    other = Reader(app).log_in()
    page = ada.get("/settings/account")
    seen = ada.fill(page, "/settings/account/password", current_password=PASSWORD, password=PHRASE)
    assert "Your password is changed." in seen.text
    assert other.get("/settings/account").path.startswith("/login")


def test_a_wrong_present_password_is_told_at_its_field(ada: Reader) -> None:
    page = ada.get("/settings/account")
    given = {"current_password": "wrong", "password": PHRASE}
    seen = ada.fill(page, "/settings/account/password", **given)
    assert seen.status == 422
    assert seen.errors == ["Current password: The current password is wrong."]


def test_a_change_of_address_asks_both_readers(ada: Reader) -> None:
    page = ada.get("/settings/account")
    given = {"email": "next@example.test", "current_password": PASSWORD}
    seen = ada.fill(page, "/settings/account/email", **given)
    assert "An email is on its way to both addresses." in seen.text


def _session_ids(seen: Seen) -> list[str]:
    return [str(each["id"]) for each in seen.select("tr[id^=session-]")]


def test_one_session_and_all_others_can_be_ended(app: Flask, ada: Reader) -> None:
    others = [Reader(app).log_in() for _ in range(2)]
    listed = ada.get("/settings/sessions")
    assert len(_session_ids(listed)) == 4  # With the one of the API.
    assert listed.text.count("this one") == 1
    action = str(listed.select("form[action$='/end']")[1]["action"])
    assert "The session has ended." in ada.post(action).text
    seen = ada.post("/settings/sessions/others/end")
    assert len(_session_ids(seen)) == 1
    assert all(each.get("/settings/account").path.startswith("/login") for each in others)


def test_nobody_ends_the_session_of_somebody_else(ada: Reader, eve: Reader) -> None:
    (theirs, _) = _session_ids(eve.get("/settings/sessions"))
    assert ada.post(f"/settings/sessions/{theirs.removeprefix('session-')}/end").status == 404


def test_a_second_factor_is_set_up_by_a_code_of_the_app(ada: Reader) -> None:
    begun = ada.fill(
        ada.get("/settings/second-factor"), "/settings/second-factor", current_password=PASSWORD
    )
    secret = str(begun.one("input[name=secret]")["value"])
    assert begun.one(".qr svg")
    wrong = ada.fill(begun, "/settings/second-factor/confirm", code="000000")
    assert wrong.status == 422
    assert wrong.one("input[name=secret]")["value"] == secret
    seen = ada.fill(wrong, "/settings/second-factor/confirm", code=App(secret).code())
    assert seen.title == "Keep these recovery codes"
    codes = re.findall(r"\S+", seen.one("pre").get_text())
    assert len(codes) == authenticator.RECOVERY_CODES
    page = ada.get("/settings/second-factor")
    given = {"current_password": PASSWORD, "code": codes[0]}
    removed = ada.fill(page, "/settings/second-factor/remove", **given)
    assert "The second factor is removed." in removed.text


def test_all_that_is_stored_is_shown(ada: Reader) -> None:
    ada.api.make("api-keys", name="Robot", scopes=["monitor:read"])
    text = ada.get("/settings/account/data").text
    assert "ada@example.test" in text
    assert "Robot" in text


def test_the_last_owner_cannot_leave_but_is_told_why(ada: Reader) -> None:
    seen = ada.post("/settings/account/leave")
    assert seen.status == 409
    assert "An organization needs an owner." in seen.text


def test_a_deletion_takes_the_password(ada: Reader) -> None:
    page = ada.get("/settings/account/delete")
    refused = ada.fill(page, "/settings/account/delete", current_password="wrong")
    assert refused.errors == ["Password: The current password is wrong."]


@pytest.mark.parametrize("path", ["/settings", "/settings/account", "/settings/members"])
def test_a_page_has_one_heading_and_a_title(ada: Reader, path: str) -> None:
    seen = ada.get(path)
    assert len(seen.select("h1")) == 1
    assert seen.one("title").get_text().startswith(seen.title)
