"""Projects in the app: no page and no form tells a guest of another project, or changes it."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from models import Base
from tests.api.machines.callers import join
from tests.isolation.acting import As
from tests.isolation.shops import CANARY, Shops, give
from tests.web.reader import Reader
from tests.web.test_tenancy import OF_RULES, OTHER_NAMES, WORDS

_OF_THE_ACCOUNT = (
    "/sso/",
    *("/settings/account", "/settings/second-factor", "/settings/passkeys", "/settings/sessions"),
    *("/login", "/logout", "/links/", "/a/", "/register", "/forgot", "/proof", "/preferences"),
    *("/organization", "/live/", "/session"),
)
"""What concerns the login of the guest alone."""
_NOT_COMPARED = {
    *("user_sessions", "idempotency_usage", "logins", "login_devices"),
    *("saved_views", "audit_entries", "audit_heads"),
}
"""What every login writes, and a view of the list that the guest may save for themselves."""
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def canaries(shops: Shops, acting: As) -> tuple[str, ...]:
    """Rename all of the first project, whose monitor is in maintenance, and return the words to look for."""
    with acting("postgres") as session:
        for table in ("contacts", "on_call_schedules", "slos", "maintenance_windows"):
            session.execute(text(f"UPDATE {table} SET name = :name"), {"name": CANARY})
        session.execute(
            text("UPDATE projects SET name = :name WHERE public_id = :first"),
            {"name": CANARY, "first": shops.first},
        )
    named = ("monitor", "group", "policy", "incident", "contact", "channel", "schedule", "slo")
    return (
        CANARY,
        *(shops.ids[f"{each}_id"] for each in (*named, "window", "delivery", "project")),
    )


def _rules(app: Flask, method: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        is_page = rule.endpoint.startswith("web-") and method in (rule.methods or ())
        # Pages of operators are 404 to everybody else (`tests/web/routes/operating`).
        is_page = is_page and not rule.endpoint.startswith("web-operating")
        if is_page and not rule.rule.startswith(_OF_THE_ACCOUNT):
            yield rule


def _path(rule: Rule, ids: dict[str, str]) -> str:
    words = {**WORDS, **OF_RULES.get(rule.rule, {}), "slot": "1", "view_id": ids["monitor_id"]}

    def value(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        return words.get(name) or ids[OTHER_NAMES.get(name, name)]

    return re.sub(r"<([^>]+)>", value, rule.rule)


def _asked(shops: Shops) -> Iterator[str]:
    """Yield pages with the names and ids of the first project in their query."""
    monitor = shops.ids["monitor_id"]
    yield from (f"/search?q={CANARY[:4]}", f"/monitors?q={CANARY[:4]}", "/monitors?view=tiles")
    yield from (f"/monitors?project={shops.first}", f"/monitors?group={shops.ids['group_id']}")
    yield from (f"/monitors?order={each}" for each in ("name", "-created_at", "created_at"))
    yield from (f"/checks?monitor_id={monitor}", f"/checks?q={CANARY[:4]}", "/checks?tag=secret")
    yield from (f"/incidents?monitor={monitor}", "/incidents?state=all", "/incidents?tag=secret")
    yield from (f"/deliveries?incident={shops.ids['incident_id']}",)
    yield from (f"/monitors/new/http?from={monitor}", f"/slos/new?monitor={monitor}")
    yield from (f"/maintenance/new?monitor={monitor}", f"/maintenance/new?q={CANARY[:4]}")


def _form(shops: Shops) -> dict[str, Any]:
    """Return what forms send, with everything of the first project in it."""
    ids = shops.ids
    project = {"project_id": ids["project_id"], "project": ids["project_id"]}
    monitor = dict.fromkeys(("id", "monitor", "monitor_id", "monitor_ids"), ids["monitor_id"])
    values = {"name": "X", "url": "https://x.test/", "act": "pause", "role": "viewer", "note": "x"}
    others = {
        "contact_group_ids": ids["group_id"],
        "escalation_policy_id": ids["policy_id"],
        "parent_ids": ids["monitor_id"],
        "targets": "https://x.test/",
        "scope": "monitors",
        "do": "",
    }
    return {**project, **monitor, **values, **others}


def _stored(acting: As) -> dict[str, str]:
    """Return a digest of each table's rows."""
    with acting("postgres") as session:
        return {
            name: session.execute(
                text(
                    f"SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {name} t"
                )
            ).scalar_one()
            for name in Base.metadata.tables
            if name not in _NOT_COMPARED
        }


def test_no_page_and_no_form_tells_or_changes_anything_of_another_project(
    app: Flask, shops: Shops, acting: As, canaries: tuple[str, ...]
) -> None:
    guest = Reader(app).log_in("guest@example.test")
    ids = {**shops.ids, "project_id": shops.first}
    leaks = []

    def look(path: str, answer: Any, *, named: bool, sent: Collection[str] = ()) -> None:  # noqa: ANN401 - a response
        # An answer may repeat what it was asked for, as the filter of a list and a form do.
        known = [each for each in canaries if each in path or each in sent]
        found = [each for each in canaries if each in answer.text and each not in known]
        if found or (named and answer.status_code not in {401, 403, 404, 422}):
            leaks.append((path, answer.status_code, found))

    # The counts of an admin come first: they are kept, and must not be shown to the guest.
    join(shops.owner, app, "adam", "admin")
    admin = Reader(app).log_in("adam@example.test")
    assert "1 in maintenance" in admin.get("/monitors").one("#truth").get_text()
    for rule in _rules(app, "GET"):
        look(rule.rule, guest.send_get(_path(rule, ids)), named="_id>" in rule.rule)
    for path in _asked(shops):
        look(path, guest.send_get(path), named=False)
    for path in ("/settings/account", "/settings", "/monitors"):
        seen = guest.get(path)
        assert "maintenance" not in seen.one("#truth").get_text(), path
        assert CANARY not in seen.text
    before = _stored(acting)
    for rule in _rules(app, "POST"):
        form = _form(shops)
        answer = guest.send(_path(rule, ids), headers=FROM_HERE, **form)
        look(f"POST {rule.rule}", answer, named="_id>" in rule.rule, sent=form.values())
    after = _stored(acting)
    assert leaks == []
    assert [name for name in before if before[name] != after[name]] == []


def test_a_page_offers_no_button_that_its_reader_may_not_press_there(
    app: Flask, shops: Shops
) -> None:
    give(shops.owner, shops.guest, shops.first, "viewer")
    both = Reader(app).log_in("guest@example.test")
    for path in (
        f"/monitors/{shops.ids['monitor_id']}",
        f"/monitors/{shops.ids['monitor_id']}/checks",
        f"/incidents/{shops.ids['incident_id']}",
        f"/maintenance/{shops.ids['window_id']}",
        f"/slos/{shops.ids['slo_id']}",
    ):
        seen = both.get(path)
        assert seen.status == 200, path
        buttons = seen.select("main form[method=post], main a[href$='/edit']")
        assert buttons == [], path
    assert both.get(f"/monitors/{shops.own['id']}").select("main a[href$='/edit']")
    # A list of addresses needs a project, too, and only one is there to choose.
    offered = both.get("/monitors/import").select("select[name=project_id] option")
    assert [each["value"] for each in offered] == [shops.second]
    preview = both.post("/monitors/import", targets="x.test", project_id=shops.second)
    both.fill(preview, "/monitors/import/create")
    assert "x.test" in {each["name"] for each in shops.guest.read("monitors")["items"]}
    listed = both.get("/incidents")
    assert CANARY in listed.text
    assert listed.select("main form[method=post]") == []
