"""The forms in which monitors are created and changed."""

from typing import Any
from uuid import uuid4

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from models import TestRun
from models.test_run import TestRunState
from services.monitors.kinds import SETTINGS
from tests.api.client import body_of
from tests.api.machines.callers import join
from tests.web.reader import Reader, Seen

NEW = "/monitors/new/http"


def fill_in(reader: Reader, **fields: Any) -> Seen:  # noqa: ANN401 - those of a form
    return reader.fill(reader.get(NEW), NEW, **fields)


def only_monitor(reader: Reader) -> dict[str, Any]:
    (found,) = body_of(reader.api.get("monitors"))["items"]
    assert isinstance(found, dict)
    return found


def test_every_kind_can_be_chosen_and_has_a_form(ada: Reader) -> None:
    seen = ada.get("/monitors/new")
    links = [str(each["href"]) for each in seen.select(".choose a")]
    assert links[0] == NEW
    assert {each.rpartition("/")[2] for each in links} == set(SETTINGS)
    for link in links:
        form = ada.get(link)
        assert form.status == 200
        assert form.select('[name="name"]')


def test_a_monitor_is_created_with_what_was_typed(ada: Reader) -> None:
    seen = fill_in(
        ada,
        name="Shop",
        url="https://example.com",
        tags="payments\neu",
        interval_seconds="2",
        interval_seconds_unit="60",
        **{
            "settings.method": "POST",
            "settings.body": "{}",
            "settings.headers_key": ["Accept", ""],
            "settings.headers_value": ["application/json", ""],
            "settings.expected_status": "200\r\n301-302",
        },
    )
    assert seen.path.startswith("/monitors/"), seen.errors
    monitor = only_monitor(ada)
    assert (monitor["name"], monitor["url"], monitor["tags"]) == (
        "Shop",
        "https://example.com/",
        ["payments", "eu"],
    )
    assert monitor["interval_seconds"] == 120
    settings = monitor["settings"]
    assert (settings["method"], settings["headers"]) == ("POST", {"Accept": "application/json"})
    assert settings["expected_status"] == ["200", "301-302"]


def test_a_refused_form_keeps_what_was_typed_and_says_where_it_is_wrong(ada: Reader) -> None:
    seen = fill_in(
        ada,
        name="Shop",
        url="nonsense",
        interval_seconds="soon",
        **{"settings.expected_status": "900", "settings.keyword": "hello"},
    )
    assert seen.status == 422
    links = {str(each["href"]) for each in seen.select(".errors a")}
    assert links >= {"#f-interval_seconds"}
    again = seen.form(NEW)
    assert (again["name"], again["interval_seconds"]) == (["Shop"], ["soon"])
    assert again["settings.keyword"] == ["hello"]
    mended = ada.fill(seen, NEW, interval_seconds="60")
    assert mended.status == 422
    links = {str(each["href"]) for each in mended.select(".errors a")}
    assert links == {"#f-url", "#f-settings.expected_status"}
    assert mended.one("#part-checked").has_attr("open")
    assert body_of(ada.api.get("monitors"))["items"] == []


def test_a_heartbeat_has_its_schedule_and_no_address(ada: Reader) -> None:
    path = "/monitors/new/heartbeat"
    page = ada.get(path)
    assert not page.select('[name="url"], [name="interval_seconds"], [name="test"]')
    seen = ada.fill(
        page,
        path,
        name="Backup",
        **{"settings.cron": "30 3 * * *", "settings.time_zone": "Europe/Berlin"},
    )
    assert seen.path.startswith("/monitors/"), seen.errors
    settings = only_monitor(ada)["settings"]
    assert (settings["cron"], settings["time_zone"]) == ("30 3 * * *", "Europe/Berlin")
    assert settings["period_seconds"] is None


def test_rows_are_added_and_removed_without_a_script(ada: Reader) -> None:
    page = ada.get(NEW)
    more = {"more": "settings.assertions"}
    page = ada.fill(page, NEW, name="Shop", **more, **{"settings.assertions_new": "header"})
    assert page.status == 200
    assert page.form(NEW)["name"] == ["Shop"]
    page = ada.fill(page, NEW, **more, **{"settings.assertions_new": "latency_ms"})
    page = ada.fill(
        page, NEW, **{"settings.assertions.0.name": "X-A", "drop": "settings.assertions.1"}
    )
    page = ada.fill(page, NEW, **more, **{"settings.assertions_new": "json_path"})
    sent = page.form(NEW)
    assert sent["settings.assertions.0.name"] == ["X-A"]
    assert sent["settings.assertions_row"] == ["0", "1"]
    wrong = ada.fill(page, NEW, url="https://example.com", **{"settings.assertions.1.path": "%"})
    assert [str(each["href"]) for each in wrong.select(".errors a")] == [
        "#f-settings.assertions",
        "#f-settings.assertions.1.path",
    ]
    assert "A comparison with == needs a value." in wrong.text
    seen = ada.fill(
        wrong,
        NEW,
        **{
            "settings.assertions.0.comparison": "exists",
            "settings.assertions.1.path": "$.status",
            "settings.assertions.1.value": "5",
        },
    )
    assert seen.path.startswith("/monitors/"), seen.errors
    header, value = only_monitor(ada)["settings"]["assertions"]
    assert (header["type"], header["name"], header["comparison"]) == ("header", "X-A", "exists")
    assert (value["type"], value["path"], value["value"]) == ("json_path", "$.status", 5)


def test_a_row_of_a_list_of_names_and_values_is_added_without_a_script(ada: Reader) -> None:
    page = ada.get(NEW)
    assert len(page.select('[name="settings.headers_key"]')) == 1
    page = ada.fill(page, NEW, more="settings.headers", **{"settings.headers_key": "Accept"})
    assert len(page.select('[name="settings.headers_key"]')) >= 2
    assert page.one("#part-checked").has_attr("open")


def edit_path(reader: Reader) -> str:
    monitor: str = reader.api.make_monitor()["id"]
    return f"/monitors/{monitor}/edit"


def test_a_monitor_is_changed_and_what_was_not_touched_stays(ada: Reader) -> None:
    assertion = {"type": "regex", "pattern": "ok", "mode": "present", "outcome": "degraded"}
    settings = {
        "method": "POST",
        "body": "a\r\nb",
        "assertions": [assertion],
        "expected_status": ["200"],
    }
    made = ada.api.make_monitor(
        settings=settings, tags=["eu"], confirmations=3, latency_threshold_ms=700
    )
    before = only_monitor(ada)
    path = f"/monitors/{made['id']}/edit"
    seen = ada.fill(ada.get(path), path, name="Another name")
    assert seen.path.startswith(f"/monitors/{made['id']}"), seen.errors
    after = only_monitor(ada)
    changed = {name for name in before if before[name] != after[name]} - {"updated_at"}
    assert changed == {"name"}


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_saving_the_form_of_any_kind_unchanged_changes_nothing(ada: Reader, kind: str) -> None:
    example = {
        "heartbeat": None,
        "icmp": "icmp://example.com",
        "rdap": "rdap:example.com",
        "http": "https://example.com/",
        "multistep": "https://example.com/",
        "websocket": "wss://example.com/",
        "grpc": "grpcs://example.com",
        "sql": "postgresql://example.com/shop",
    }.get(kind, f"{kind}://example.com" + (":99" if kind in {"tcp", "udp"} else ""))
    settings = {"heartbeat": {"period_seconds": 3600}, "udp": {"send": "x", "expect": "y"}}
    ada.api.make_monitor(kind=kind, url=example, settings=settings.get(kind, {}))
    before = only_monitor(ada)
    path = f"/monitors/{before['id']}/edit"
    seen = ada.fill(ada.get(path), path)
    assert seen.path.startswith(f"/monitors/{before['id']}"), seen.errors
    after = only_monitor(ada)
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_groups_and_a_policy_are_chosen(ada: Reader) -> None:
    group = ada.api.make("contact-groups", name="Operations")["id"]
    steps = [{"wait_minutes": 5, "targets": [{"kind": "contact_group", "id": group}]}]
    policy = ada.api.make("escalation-policies", name="Night", steps=steps)["id"]
    path = edit_path(ada)
    seen = ada.fill(
        ada.get(path), path, contact_group_ids=group, escalation_policy_id=policy, name=""
    )
    assert seen.status == 422
    assert seen.form(path)["contact_group_ids"] == [group]
    seen = ada.fill(seen, path, name="Shop")
    assert seen.path.startswith("/monitors/"), seen.errors
    monitor = only_monitor(ada)
    assert (monitor["contact_group_ids"], monitor["escalation_policy_id"]) == ([group], policy)


def parents_offered(seen: Seen) -> list[str]:
    boxes = seen.select("#f-parent_ids label")
    return [" ".join(each.get_text(" ").split()) for each in boxes]


def test_parents_are_found_by_a_search_and_chosen_without_a_script(ada: Reader) -> None:
    ids = {name: ada.api.make_monitor(name=name)["id"] for name in ("Router", "Switch", "Shop")}
    path = f"/monitors/{ids['Shop']}/edit"
    page = ada.get(path)
    # Those first by name; a monitor is no parent of its own.
    assert parents_offered(page) == ["Router", "Switch"]
    button = page.one('button[name="find"]')
    seen = ada.fill(page, path, parent_ids=ids["Router"], parent_ids_q="swi", **_pressed(button))
    assert seen.one("#part-parents").has_attr("open")
    assert parents_offered(seen) == ["Router", "Switch"]
    assert seen.form(path)["parent_ids"] == [ids["Router"]]
    nothing = ada.fill(seen, path, parent_ids=[], parent_ids_q="xyz", **_pressed(button))
    assert "No monitor was found." in nothing.one("#part-parents").get_text()
    done = ada.fill(seen, path, parent_ids=[ids["Router"], ids["Switch"]])
    assert done.path.startswith("/monitors/"), done.errors
    monitor = ada.api.read(f"monitors/{ids['Shop']}")
    assert sorted(monitor["parent_ids"]) == sorted([ids["Router"], ids["Switch"]])
    again = ada.get(path)
    assert "2 parents" in again.one("#part-parents summary").get_text()
    assert ada.fill(again, path).path.startswith("/monitors/")
    assert ada.api.read(f"monitors/{ids['Shop']}")["parent_ids"] == monitor["parent_ids"]


def _pressed(button: Tag) -> dict[str, str]:
    return {str(button["name"]): str(button["value"])}


def test_parents_that_form_a_circle_or_are_gone_are_refused_at_their_field(
    ada: Reader, eve: Reader
) -> None:
    path = edit_path(ada)
    own = path.split("/")[2]
    child = ada.api.make_monitor(name="Child", parent_ids=[own])["id"]
    seen = ada.fill(ada.get(path), path, parent_ids=child)
    assert "The parents form a circle" in " ".join(seen.errors)
    assert seen.one("#part-parents").has_attr("open")
    theirs = eve.api.make_monitor(name="Theirs")["id"]
    strange = ada.fill(ada.get(path), path, parent_ids=theirs)
    assert (strange.status, len(strange.errors)) == (422, 1)
    assert "Theirs" not in strange.text


def test_a_conflict_names_the_parents_of_both_versions(ada: Reader) -> None:
    ids = {name: ada.api.make_monitor(name=name)["id"] for name in ("Router", "Switch", "Shop")}
    path = f"/monitors/{ids['Shop']}/edit"
    page = ada.get(path)
    ada.api.patch(f"monitors/{ids['Shop']}", {"parent_ids": [ids["Switch"]]})
    seen = ada.fill(page, path, parent_ids=ids["Router"])
    assert seen.status == 409
    assert ["Router" in seen.text, "Switch" in seen.text] == [True, True]
    assert ids["Router"] not in seen.text


def test_a_monitor_is_created_paused(ada: Reader) -> None:
    seen = fill_in(ada, name="Shop", url="https://example.com/", paused="1")
    assert "This monitor is paused." in seen.text
    monitor = only_monitor(ada)
    assert (monitor["paused"], monitor["state"]["state"]) == (True, "paused")
    # Later it is paused and resumed by its buttons.
    assert not ada.get(f"/monitors/{monitor['id']}/edit").select('[name="paused"]')


def test_what_is_not_offered_is_refused_and_never_breaks_the_page(ada: Reader) -> None:
    path = edit_path(ada)
    seen = ada.fill(
        ada.get(path),
        path,
        contact_group_ids="x",
        escalation_policy_id="y",
        recheck_backoff="z",
        credential_ids=["00000000-0000-0000-0000-000000000000"],
    )
    assert seen.status == 422
    assert len(seen.errors) == 3
    assert ada.get("/monitors/new/no-such-kind").status == 404


def test_a_stale_form_shows_both_versions_and_the_reader_chooses(ada: Reader) -> None:
    path = edit_path(ada)
    monitor = path.removeprefix("/").removesuffix("/edit")
    page = ada.get(path)
    ada.api.patch(monitor, {"name": "Theirs", "interval_seconds": 300, "tags": ["theirs"]})
    seen = ada.fill(page, path, name="Mine", confirmations="3")
    assert seen.status == 409
    assert seen.title == "Changed meanwhile"
    assert "Theirs" in seen.text
    assert "Mine" in seen.text
    sent = seen.form(path)
    # What only the other one changed is proposed to stay, what was typed here to be saved.
    assert sent["keep:name"] == ["mine"]
    assert sent["keep:interval_seconds"] == ["theirs"]
    assert sent["keep:confirmations"] == ["mine"]
    assert body_of(ada.api.get(monitor))["name"] == "Theirs"
    done = ada.fill(seen, path, **{"keep:name": "theirs"})
    assert done.path.startswith("/monitors/"), done.text
    after = body_of(ada.api.get(monitor))
    assert (after["name"], after["interval_seconds"]) == ("Theirs", 300)
    assert (after["confirmations"], after["tags"]) == (3, ["theirs"])


def test_a_stale_form_that_differs_in_nothing_is_saved(ada: Reader) -> None:
    path = edit_path(ada)
    page = ada.get(path)
    ada.api.patch(path.removeprefix("/").removesuffix("/edit"), {"name": "Same"})
    seen = ada.fill(page, path, name="Same")
    assert seen.path.startswith("/monitors/"), seen.text


def test_a_monitor_becomes_one_of_another_kind(ada: Reader) -> None:
    used = ada.api.make("credentials", name="x", scheme="bearer", fields={"token": "t" * 9})["id"]
    made = ada.api.make_monitor(credential_ids=[used], tags=["eu"])
    path = f"/monitors/{made['id']}/edit"
    page = ada.get(path, kind="tcp")
    assert "the settings of the current kind are lost" in page.text
    assert page.form(path)["url"] == ["tcp://shop.test"]
    assert ada.get(path, kind="rdap").form(path)["url"] == ["rdap:shop.test"]
    seen = ada.fill(page, path, url="tcp://shop.test:443", **{"settings.expect": ""})
    assert seen.path.startswith(f"/monitors/{made['id']}?"), seen.errors
    after = only_monitor(ada)
    assert (after["kind"], after["url"], after["tags"]) == ("tcp", "tcp://shop.test:443", ["eu"])
    assert after["credential_ids"] == []
    assert "Heartbeat" not in ada.get(path, kind="heartbeat").title


def test_a_copy_begins_with_the_values_of_the_original(ada: Reader, eve: Reader) -> None:
    made = ada.api.make_monitor(tags=["eu"], settings={"keyword": "hello"})
    link = ada.get(f"/monitors/{made['id']}/edit").link("Duplicate")
    sent = ada.get(link).form(NEW)
    assert (sent["name"], sent["tags"]) == (["Copy of Shop"], ["eu"])
    assert sent["settings.keyword"] == ["hello"]
    assert eve.get(link).status == 404


def test_a_login_in_between_loses_nothing_that_was_typed(ada: Reader) -> None:
    page = ada.get(NEW)
    sent = page.form(NEW)
    ada.forget()
    typed: dict[str, Any] = {
        **sent,
        "name": "Shop",
        "settings.keyword": "hello",
        "credential_ids": [str(uuid4())],
    }
    asked = ada.post(NEW, **typed)
    assert asked.status == 401
    kept = asked.form("/login")
    assert kept["resume:name"] == ["Shop"]
    assert kept["resume:settings.keyword"] == ["hello"]
    assert kept["resume:credential_ids"] == typed["credential_ids"]


def test_the_form_offers_the_credentials_that_fit_the_kind(ada: Reader) -> None:
    for scheme, fields in (("bearer", {"token": "x"}), ("basic", {"username": "u"})):
        ada.api.make("credentials", name=f"My {scheme}", scheme=scheme, fields=fields)

    def offered(kind: str) -> set[str]:
        options = ada.get(f"/monitors/new/{kind}").select("[name^=credential_ids] option[value]")
        return {each.get_text() for each in options if each["value"]}

    assert {each.partition(" (")[0] for each in offered("http")} == {"My bearer", "My basic"}
    assert {each.partition(" (")[0] for each in offered("imap")} == {"My basic"}
    assert offered("udp") == set()


def test_values_are_tried_before_they_are_saved_and_everything_typed_is_kept(
    ada: Reader, session: Session
) -> None:
    seen = fill_in(
        ada, name="Shop", url="https://example.com/", test="1", **{"settings.keyword": "hello"}
    )
    assert seen.status == 200
    assert seen.form(NEW)["settings.keyword"] == ["hello"]
    assert body_of(ada.api.get("monitors"))["items"] == []
    element = seen.one("test-run")
    assert element.has_attr("data-wait")
    test_run = session.query(TestRun).one()
    report = {
        "outcome": "down",
        "cause": "status",
        "detail": "Answered <script>alert(1)</script>",
        "http_status": 503,
        "address": "192.0.2.1",
        "timings": {"dns": 3.0, "connect": 11.0, "tls": 24.0, "first_byte": 80.0, "total": 120.0},
        "assertions": [{"demand": "Header x", "failure": "Header x: no <b>"}],
        "steps": [],
        "evidence": {"headers": [], "body": "</pre><script>", "truncated": False},
    }
    test_run.state, test_run.report = TestRunState.DONE, report
    session.flush()
    looked = ada.fill(seen, NEW, look="1")
    assert looked.form(NEW)["settings.keyword"] == ["hello"]
    assert "Answered <script>alert(1)</script>" in looked.text
    assert not looked.select("test-run script, test-run b:-soup-contains('no')")
    assert len(looked.select(".wf tbody tr")) == 5
    alone = ada.get(str(element["data-url"]))
    assert not alone.one("test-run").has_attr("data-wait")


def test_a_test_run_of_values_is_nobody_elses(ada: Reader, eve: Reader) -> None:
    seen = fill_in(ada, name="Shop", url="https://example.com/", test="1")
    there = str(seen.one("test-run")["data-url"])
    assert ada.get(there).status == 200
    assert eve.get(there).status == 404


def test_values_that_are_wrong_are_not_tried(ada: Reader, session: Session) -> None:
    seen = fill_in(ada, name="Shop", url="nonsense", test="1")
    assert seen.status == 422
    assert session.query(TestRun).count() == 0


def test_a_viewer_may_not_see_the_forms(app: Flask, ada: Reader) -> None:
    path = edit_path(ada)
    join(ada.api, app, "vic", "viewer")
    viewer = Reader(app).log_in("vic@example.test")
    for each in ("/monitors/new", NEW, path):
        assert viewer.get(each).status == 403
    assert viewer.post(NEW, name="x").status == 403
    assert viewer.post(path, name="x").status == 403


def test_a_stranger_finds_no_monitor_to_edit(ada: Reader, eve: Reader) -> None:
    path = edit_path(ada)
    assert eve.get(path).status == 404
    assert eve.post(path, name="x").status == 404


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_stored_scripts_are_only_text(ada: Reader, text: str) -> None:
    ada.api.make("contact-groups", name=text)
    made = ada.api.make_monitor(
        name=text, tags=[text[:50]], settings={"headers": {"X-A": text}, "keyword": text}
    )
    seen = ada.get(f"/monitors/{made['id']}/edit")
    assert text in seen.text
    assert seen.form(f"/monitors/{made['id']}/edit")["settings.keyword"] == [text]
    assert not seen.select("img, main script, [onerror]")
