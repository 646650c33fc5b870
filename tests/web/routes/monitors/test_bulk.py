"""The same act on several monitors: looked at first, then done, and refusals named one by one."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MaintenanceWindow, Monitor
from tests.web.reader import Reader, Seen
from tests.web.routes.monitors.conftest import Watched
from web.monitors.lists.changes import PORTION

SCRIPT = "<script>alert(1)</script>"


def ids(*monitors: Monitor) -> list[str]:
    return [str(each.public_id) for each in monitors]


def rows(seen: Seen) -> dict[str, tuple[str, str]]:
    """Return what a preview says of each monitor: now and then."""
    found = {}
    for row in seen.select("#changes tbody tr"):
        _, name, now, then = (" ".join(cell.get_text(" ").split()) for cell in row.select("td"))
        found[name] = (now, then)
    return found


def numbers(session: Session) -> int:
    alive = select(func.count()).select_from(Monitor).where(Monitor.deleted_at.is_(None))
    return session.scalars(alive).one()


def test_the_list_sends_what_is_selected_with_what_it_searched(
    ada: Reader, watched: Watched
) -> None:
    watched(tags=["eu"])
    seen = ada.get("/monitors", tag="eu")
    assert seen.one("form.bulk")["action"] == "/monitors/bulk"
    assert seen.one("form.bulk input[type=hidden][name=tag]")["value"] == "eu"
    acts = [button["value"] for button in seen.select(".bulk-bar button[name=act]")]
    assert acts == [
        *("pause", "resume", "add_tags", "remove_tags", "interval", "groups", "policy"),
        "project",
        *("maintenance", "delete"),
    ]


def test_a_pause_shows_what_changes_and_then_does_it(
    ada: Reader, session: Session, watched: Watched
) -> None:
    one, two = watched("One"), watched("Two")
    asleep = ada.api.make_monitor(name="Asleep", paused=True)["id"]
    seen = ada.post("/monitors/bulk", act="pause", id=[*ids(one, two), asleep])
    assert rows(seen) == {
        "One": ("checked", "paused"),
        "Two": ("checked", "paused"),
        "Asleep": ("paused", "stays as it is"),
    }
    assert not one.paused
    done = ada.fill(seen, "/monitors/bulk/apply")
    assert "All selected monitors were changed." in done.text
    session.expire_all()
    assert (one.paused, two.paused) == (True, True)
    ada.post("/monitors/bulk/apply", act="resume", id=ids(one))
    session.expire_all()
    assert (one.paused, two.paused) == (False, True)


def test_tags_are_asked_for_then_added_and_removed(
    ada: Reader, session: Session, watched: Watched
) -> None:
    one, two = watched("One", tags=["eu"]), watched("Two")
    asked = ada.post("/monitors/bulk", act="add_tags", id=ids(one, two))
    assert asked.select("input[name=tags]")
    assert not asked.select(".error, #changes")
    empty = ada.fill(asked, "/monitors/bulk", tags=" , ")
    assert "Enter one or more tags" in empty.text
    seen = ada.fill(asked, "/monitors/bulk", tags="eu, new")
    assert rows(seen) == {"One": ("eu", "eu, new"), "Two": ("none", "eu, new")}
    ada.fill(seen, "/monitors/bulk/apply")
    ada.post("/monitors/bulk/apply", act="remove_tags", id=ids(one), tags="eu")
    session.expire_all()
    assert (one.tags, two.tags) == (["new"], ["eu", "new"])


def test_what_would_be_refused_is_named_and_the_others_change(
    ada: Reader, session: Session, watched: Watched
) -> None:
    one, slow = watched("One"), watched("Slow", timeout_seconds=25)
    beat = ada.api.make(
        "monitors", name="Beat", kind="heartbeat", settings={"period_seconds": 3600}
    )["id"]
    chosen: Any = {"act": "interval", "interval": "20", "interval_unit": "1"}
    seen = ada.post("/monitors/bulk", id=[*ids(one, slow), beat], **chosen)
    assert rows(seen) == {
        "One": ("1 min", "20 s"),
        "Slow": ("\N{EN DASH}", "Must be less than the interval."),
        "Beat": ("\N{EN DASH}", "Not available for a heartbeat."),
    }
    done = ada.fill(seen, "/monitors/bulk/apply")
    assert "1 monitor was changed." in done.text
    assert "2 monitors were not changed" in done.text
    assert "Slow: Must be less than the interval." in done.text
    session.expire_all()
    assert (one.interval_seconds, slow.interval_seconds) == (20, 60)


def test_groups_are_added_or_replaced_and_a_policy_is_set(ada: Reader, watched: Watched) -> None:
    ops, web = (
        ada.api.make("contact-groups", name=name, contact_ids=[])["id"] for name in ("Ops", "Web")
    )
    one = watched("One", contact_group_ids=[ops])
    added: Any = {"act": "groups", "mode": "add", "group": [web], "id": ids(one)}
    assert rows(ada.post("/monitors/bulk", **added)) == {"One": ("Ops", "Ops, Web")}
    replaced: Any = {**added, "mode": "replace"}
    assert rows(ada.post("/monitors/bulk", **replaced)) == {"One": ("Ops", "Web")}
    ada.post("/monitors/bulk/apply", **replaced)
    assert ada.api.read(f"monitors/{one.public_id}")["contact_group_ids"] == [web]
    contact = ada.api.make("contacts", name="Bob", channels=[])["id"]
    step = {"wait_minutes": 0, "targets": [{"kind": "contact", "id": contact}]}
    policy = ada.api.make("escalation-policies", name="Night", steps=[step])["id"]
    chosen: Any = {"act": "policy", "policy": policy, "id": ids(one)}
    assert rows(ada.post("/monitors/bulk", **chosen)) == {"One": ("none", "Night")}
    ada.post("/monitors/bulk/apply", **chosen)
    assert ada.api.read(f"monitors/{one.public_id}")["escalation_policy_id"] == policy


def test_a_maintenance_window_covers_all_of_them_now(
    ada: Reader, session: Session, watched: Watched
) -> None:
    one, two = watched("One"), watched("Two")
    chosen: Any = {"act": "maintenance", "duration": "2", "duration_unit": "3600"}
    seen = ada.post("/monitors/bulk", id=ids(one, two), **chosen, name="Move")
    assert rows(seen)["One"] == ("notifies", "notifies nobody for 2 h")
    ada.fill(seen, "/monitors/bulk/apply")
    window = session.scalars(select(MaintenanceWindow)).one()
    assert (window.name, window.duration_seconds) == ("Move", 7200)
    assert window.monitor_ids == [one.id, two.id]
    nameless = ada.post("/monitors/bulk", id=ids(one), **chosen, asked="1")
    assert "what the maintenance is for" in nameless.text


def test_deleting_names_what_ends(ada: Reader, session: Session, watched: Watched) -> None:
    one = watched("One")
    watched("Two")
    seen = ada.post("/monitors/bulk", act="delete", id=ids(one))
    assert "This cannot be undone." in seen.text
    assert rows(seen) == {"One": ("exists", "deleted")}
    assert seen.select("button.danger")
    ada.fill(seen, "/monitors/bulk/apply")
    assert numbers(session) == 1


def test_all_of_a_search_are_meant_without_naming_them(
    ada: Reader, session: Session, watched: Watched
) -> None:
    for number in range(3):
        watched(f"Shop {number}", tags=["eu"])
    watched("Blog")
    seen = ada.post("/monitors/bulk", act="delete", all="1", tag="eu")
    assert set(rows(seen)) == {"Shop 0", "Shop 1", "Shop 2"}
    ada.fill(seen, "/monitors/bulk/apply")
    assert numbers(session) == 1


def test_many_are_changed_in_portions_until_all_are_done(ada: Reader, session: Session) -> None:
    bulk = [
        {"name": f"M {number}", "url": "https://shop.test/"} for number in range(PORTION * 2 + 1)
    ]
    ada.api.post("monitors/bulk", {"mode": "all", "monitors": bulk})
    every = session.scalars(select(Monitor)).all()
    seen = ada.post("/monitors/bulk/apply", act="pause", id=ids(*every))
    assert f"{PORTION} of {PORTION * 2 + 1}" in seen.text
    assert seen.select("form[data-continue]")
    seen = ada.fill(seen, "/monitors/bulk/apply")
    assert f"{PORTION * 2} of {PORTION * 2 + 1}" in seen.text
    assert "All selected monitors were changed." in ada.fill(seen, "/monitors/bulk/apply").text
    session.expire_all()
    assert all(each.paused for each in every)


def test_too_many_or_none_or_an_unknown_act_are_refused_in_words(
    ada: Reader, watched: Watched
) -> None:
    one = ids(watched())
    assert "Select at least one monitor." in ada.post("/monitors/bulk", act="pause").text
    many = ada.post("/monitors/bulk", act="pause", id=one * 501)
    assert (many.status, "Select at most 500 monitors." in many.text) == (422, True)
    assert ada.post("/monitors/bulk", act="explode", id=one).status == 404


def test_without_a_selection_one_sees_the_list(ada: Reader) -> None:
    assert ada.get("/monitors/bulk").title == "Monitors"


@pytest.mark.parametrize("path", ["/monitors/bulk", "/monitors/bulk/apply"])
def test_nobody_changes_monitors_of_others(
    eve: Reader, vic: Reader, session: Session, watched: Watched, path: str
) -> None:
    one = watched()
    assert eve.post(path, act="pause", id=ids(one)).status == 422
    assert vic.post(path, act="pause", id=ids(one)).status == 403
    session.refresh(one)
    assert not one.paused


def test_names_and_typed_values_are_inert(ada: Reader, watched: Watched) -> None:
    one = watched(SCRIPT, timeout_seconds=25)
    chosen: Any = {"act": "interval", "interval": "20", "id": ids(one)}
    pages = (
        ada.post("/monitors/bulk", **chosen),
        ada.post("/monitors/bulk/apply", **chosen, refused=SCRIPT, done=SCRIPT),
        ada.post("/monitors/bulk", act="add_tags", tags=SCRIPT, id=ids(one)),
    )
    for seen in pages:
        assert not seen.select("main script")
        assert "alert(1)" in seen.text
