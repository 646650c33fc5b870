"""Pages of credentials: a form for every scheme, and no secret ever comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import TestRun, UserSession
from probes.auth.registry import SCHEMES
from tests.api.client import PASSWORD, body_of
from tests.api.machines.callers import join
from tests.web.reader import Reader, Seen

PATH = "/settings/credentials"
SECRET = "s3cret-0123456789"
SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


@pytest.fixture
def ada(ada: Reader) -> Reader:
    """Ada has just given her password."""
    ada.post("/proof", password=PASSWORD)
    return ada


def make(reader: Reader, scheme: str = "basic", **fields: Any) -> Seen:  # noqa: ANN401 - those of a form
    path = f"{PATH}/new/{scheme}"
    given = {"name": "Shop login", "fields.username": "probe", "secret:fields.password": SECRET}
    return reader.fill(reader.get(path), path, **{**given, **fields})


def only_credential(reader: Reader) -> dict[str, Any]:
    (found,) = reader.api.read("credentials")["items"]
    return reader.api.read(f"credentials/{found['id']}")


def test_every_scheme_can_be_chosen_and_has_a_form(ada: Reader) -> None:
    links = [str(each["href"]) for each in ada.get(f"{PATH}/new").select(".choose a")]
    assert {each.rpartition("/")[2] for each in links} == set(SCHEMES)
    for link in links:
        seen = ada.get(link)
        assert seen.status == 200
        assert len(seen.form(link)) >= 2


def test_a_new_organization_learns_what_credentials_are(ada: Reader) -> None:
    seen = ada.get(PATH)
    assert "No credentials yet" in seen.text
    assert seen.link("Add credential") == f"{PATH}/new"


def test_a_credential_is_created_and_its_secret_never_comes_back(ada: Reader) -> None:
    seen = make(ada, origins="https://shop.example.com")
    assert "never shown again" in seen.text
    credential = only_credential(ada)
    assert (credential["scheme"], credential["origins"]) == ("basic", ["https://shop.example.com"])
    assert credential["fields"]["username"] == "probe"
    for path in (PATH, seen.path, f"{seen.path.partition('?')[0]}/edit"):
        assert SECRET not in ada.get(path).response.text


def test_a_refused_form_keeps_what_was_typed_except_secrets(ada: Reader) -> None:
    seen = make(ada, name="", **{"fields.charset": "latin-1"})
    assert seen.status == 422
    assert [str(each["href"]) for each in seen.select(".errors a")] == ["#f-name"]
    assert seen.form(f"{PATH}/new/basic")["fields.charset"] == ["latin-1"]
    assert SECRET not in seen.response.text


def test_a_missing_secret_is_named_at_its_field(ada: Reader) -> None:
    path = f"{PATH}/new/bearer"
    seen = ada.fill(ada.get(path), path, name="Token")
    assert seen.status == 422
    assert [str(each["href"]) for each in seen.select(".errors a")] == ["#f-secret:fields.token"]


def test_creating_changing_and_deleting_take_the_password_first(
    app: Flask, ada: Reader, session: Session
) -> None:
    made = make(ada).path.partition("?")[0]
    later = Reader(app).log_in()
    forget_proofs(session)
    for path in (f"{PATH}/new/basic", f"{made}/edit"):
        assert later.get(path).title == "Confirm that it is you"
    for path in (f"{PATH}/new/basic", f"{made}/edit", f"{made}/delete"):
        fields: dict[str, Any] = {"name": "x", "secret:fields.password": SECRET}
        asked = later.post(path, **fields)
        assert (asked.status, asked.title) == (401, "Confirm that it is you")
        assert SECRET not in asked.response.text


def forget_proofs(session: Session) -> None:
    """Let every user have given the password long ago."""
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    session.execute(update(UserSession).values(proven_at=long_ago))


def test_secrets_in_rows_are_added_without_a_script_and_replaced_together(ada: Reader) -> None:
    path = f"{PATH}/new/headers"
    row = {"fields.headers.0.name": "X-Key", "secret:fields.headers.0.value": SECRET}
    page = ada.fill(ada.get(path), path, name="Headers", more="fields.headers", **row)
    assert page.status == 200
    assert SECRET not in page.response.text
    second = {"fields.headers.1.name": "X-Other", "secret:fields.headers.1.value": SECRET}
    seen = ada.fill(page, path, **{**row, **second})
    assert seen.errors == []
    shown = only_credential(ada)["fields"]["headers"]
    assert [each["name"] for each in shown] == ["X-Key", "X-Other"]
    edit = f"{seen.path.partition('?')[0]}/edit"
    page = ada.get(edit)
    assert "Set now: X-Key, X-Other." in page.text
    assert ada.fill(page, edit, name="Renamed").errors == []
    after = only_credential(ada)
    assert (after["name"], after["fields"]["headers"]) == ("Renamed", shown)


def test_an_edit_keeps_secrets_that_are_left_empty(ada: Reader) -> None:
    path = f"{make(ada).path.partition('?')[0]}/edit"
    before = only_credential(ada)["fields"]["password"]
    ada.fill(ada.get(path), path, **{"fields.username": "other"})
    after = only_credential(ada)
    assert after["fields"]["username"] == "other"
    assert after["fields"]["password"] == before
    ada.fill(ada.get(path), path, **{"secret:fields.password": "another"})
    assert only_credential(ada)["fields"]["password"]["fingerprint"] != before["fingerprint"]
    ada.fill(ada.get(path), path, **{"secret:fields.password_clear": "1"})
    assert only_credential(ada)["fields"]["password"] == {"set": False}


@pytest.mark.parametrize("change", [{"name": "Theirs"}, {"fields": {"username": "theirs"}}])
def test_a_stale_edit_shows_what_is_stored_beside_it(ada: Reader, change: dict[str, Any]) -> None:
    path = f"{make(ada).path.partition('?')[0]}/edit"
    page = ada.get(path)
    there = f"credentials/{only_credential(ada)['id']}"
    assert ada.api.patch(there, change).status_code == 200
    seen = ada.fill(page, path, origins="https://a.example")
    assert seen.status == 409
    assert "Saved meanwhile" in seen.text
    assert "heirs" in seen.one("#stored").get_text()
    saved = ada.fill(seen, path)
    assert saved.status == 200
    assert only_credential(ada)["origins"] == ["https://a.example"]


def test_the_page_names_the_monitors_and_a_used_one_cannot_be_deleted(ada: Reader) -> None:
    there = make(ada, origins="https://shop.test").path.partition("?")[0]
    used = only_credential(ada)["id"]
    monitor = ada.api.make_monitor(name="Checkout", credential_ids=[used])
    assert ada.get(there).link("Checkout") == f"/monitors/{monitor['id']}"
    seen = ada.get(f"{there}/delete")
    assert "Choose another credential there first." in seen.text
    assert not seen.select("button.danger")
    refused = ada.post(f"{there}/delete")
    assert refused.status == 409
    ada.api.delete(f"monitors/{monitor['id']}")
    gone = ada.fill(ada.get(f"{there}/delete"), f"{there}/delete")
    assert "The credential was deleted." in gone.text
    assert ada.get(there).status == 404


def test_a_credential_is_tried_against_an_address(ada: Reader, session: Session) -> None:
    there = make(ada).path.partition("?")[0]
    test = f"{there}/test"
    seen = ada.fill(ada.get(there), test, url="https://shop.example.com/")
    assert seen.status == 200
    assert seen.one("test-run").has_attr("data-wait")
    assert seen.form(test)["url"] == ["https://shop.example.com/"]
    assert session.query(TestRun).one().monitor_id is None
    # A trial is not the first use.
    assert only_credential(ada)["origins"] == []
    refused = ada.fill(ada.get(there), test, url="nonsense")
    assert (refused.status, len(refused.errors)) == (422, 1)


def test_a_member_who_may_not_write_sees_no_button(app: Flask, ada: Reader) -> None:
    there = make(ada).path.partition("?")[0]
    join(ada.api, app, "oscar", "operator")
    oscar = Reader(app).log_in("oscar@example.test")
    seen = oscar.get(there)
    assert seen.status == 200
    assert not seen.select('a[href$="/edit"], a[href$="/delete"]')
    assert oscar.get(f"{PATH}/new").status == 403
    join(ada.api, app, "vic", "viewer")
    assert Reader(app).log_in("vic@example.test").get(PATH).status == 403


def test_a_stranger_finds_no_credential(ada: Reader, eve: Reader) -> None:
    there = make(ada).path.partition("?")[0]
    eve.post("/proof", password=PASSWORD)
    for path in (there, f"{there}/edit", f"{there}/delete"):
        assert eve.get(path).status == 404
    assert eve.post(f"{there}/delete").status == 404
    assert eve.post(f"{there}/test", url="https://example.com/").status in {404, 422}


def test_stored_scripts_are_only_text(ada: Reader) -> None:
    there = make(ada, name=SCRIPT, **{"fields.username": SCRIPT}).path.partition("?")[0]
    for path in (PATH, there, f"{there}/edit", f"{there}/delete"):
        seen = ada.get(path)
        assert not seen.select("main img, main script, [onerror]"), path
    assert body_of(ada.api.get("credentials"))["items"][0]["name"] == SCRIPT
