"""API keys and service accounts: what they may do, secrets that are shown once, their end."""

import json
from typing import Any

from flask import Flask

from tests.api.machines.callers import join
from tests.web.reader import Reader, Seen


def _make_key(reader: Reader, **fields: Any) -> Seen:  # noqa: ANN401 - as a form holds them
    page = reader.get("/settings/api-keys/new")
    return reader.fill(
        page, "/settings/api-keys/new", **{"name": "Robot", "scopes": ["monitor:read"], **fields}
    )


def test_a_key_is_shown_once_and_works(app: Flask, ada: Reader) -> None:
    made = _make_key(ada)
    text = made.select("pre")[0].get_text().strip()
    assert text.startswith("dtm_")
    robot = Reader(app).api
    robot.token = text
    assert robot.get("monitors").status_code == 200
    listed = ada.get("/settings/api-keys")
    assert "Robot" in listed.text
    assert text not in str(listed.html)


def test_a_key_that_cannot_be_made_is_told_at_its_fields(ada: Reader) -> None:
    for field, value in {"name": "", "scopes": [], "networks": "nowhere"}.items():
        seen = _make_key(ada, **{field: value})
        assert seen.status == 422
        assert seen.one(f"#e-{field}")


def test_a_key_does_at_most_what_its_maker_may(app: Flask, ada: Reader) -> None:
    join(ada.api, app, "bob", "admin")
    bob = Reader(app).log_in("bob@example.test")
    offered = {each["value"] for each in bob.get("/settings/api-keys/new").select("[name=scopes]")}
    assert "organization:write" not in offered
    assert _make_key(bob, scopes=["organization:write"]).status == 422


def test_a_rotated_key_and_a_deleted_one(app: Flask, ada: Reader) -> None:
    first = _make_key(ada).select("pre")[0].get_text().strip()
    path = ada.get("/settings/api-keys").link("Robot")
    rotated = ada.fill(ada.get(path), f"{path}/rotate", overlap="0")
    second = rotated.select("pre")[0].get_text().strip()
    robot = Reader(app).api
    for text, status in ((first, 401), (second, 200)):
        robot.token = text
        assert robot.get("monitors").status_code == status
    assert "The API key was deleted." in ada.post(f"{path}/delete").text
    assert robot.get("monitors").status_code == 401


def test_a_key_is_renamed_and_its_networks_are_kept(ada: Reader) -> None:
    _make_key(ada, networks="192.0.2.0/24\n\n198.51.100.7")
    path = ada.get("/settings/api-keys").link("Robot")
    page = ada.get(path)
    assert page.one("#f-networks").get_text().split() == ["192.0.2.0/24", "198.51.100.7/32"]
    ada.fill(page, path, name="Other")
    (key,) = ada.api.read("api-keys")["items"]
    assert (key["name"], len(key["networks"])) == ("Other", 2)


def test_a_stored_script_in_a_name_is_text(ada: Reader) -> None:
    script = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    _make_key(ada, name=script)
    for path in ("/settings/api-keys", ada.get("/settings/api-keys").link("<script>")):
        seen = ada.get(path)
        assert script in seen.text
        assert seen.select("main script, main img") == []


def test_a_service_account_gets_tokens_with_its_secret(app: Flask, ada: Reader) -> None:
    page = ada.get("/settings/service-accounts/new")
    given: dict[str, Any] = {"name": "CI", "scopes": ["monitor:read"], "scheme": "client_secret"}
    made = ada.fill(page, "/settings/service-accounts/new", **given)
    client_id, secret = (each.get_text().strip() for each in made.select("pre")[:2])
    asked = app.test_client().post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    )
    robot = Reader(app).api
    robot.token = json.loads(asked.text)["access_token"]
    assert robot.get("monitors").status_code == 200
    path = ada.get("/settings/service-accounts").link("CI")
    assert "All of its tokens have ended." in ada.post(f"{path}/end-tokens").text
    assert robot.get("monitors").status_code == 401


def test_a_way_in_needs_its_proof(ada: Reader) -> None:
    page = ada.get("/settings/service-accounts/new")
    given: dict[str, Any] = {"name": "CI", "scopes": ["monitor:read"]}
    for scheme, field, value in (
        ("private_key_jwt", "keys", "no JSON"),
        ("private_key_jwt", "keys", "[]"),
        ("tls_client_auth", "certificate_thumbprint", "short"),
        ("api_key", "scheme", "api_key"),
    ):
        given_now = {**given, "scheme": scheme, field: value}
        seen = ada.fill(page, "/settings/service-accounts/new", **given_now)
        assert seen.status == 422
        assert seen.one(f"#e-{field}")


def test_a_disabled_account_is_said_to_be_so(ada: Reader) -> None:
    page = ada.get("/settings/service-accounts/new")
    given: dict[str, Any] = {"name": "CI", "scopes": ["monitor:read"], "scheme": "client_secret"}
    ada.fill(page, "/settings/service-accounts/new", **given)
    path = ada.get("/settings/service-accounts").link("CI")
    ada.fill(ada.get(path), path, disabled="1")
    assert "it gets no tokens" in ada.get(path).text
    assert "deleted, with all of its tokens" in ada.post(f"{path}/delete").text
