"""Pages of projects, teams and custom roles."""

from typing import Any

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.web.reader import Reader

PROJECTS = "/settings/projects"
TEAMS = "/settings/teams"
ROLES = "/settings/custom-roles"


@pytest.fixture
def bob(app: Flask, ada: Reader) -> ApiClient:
    """Make a guest of the organization of Ada."""
    return join(ada.api, app, "bob", "guest")


def _id(member: ApiClient) -> str:
    return str(member.read("me")["user"]["id"])


def test_a_project_is_created_renamed_and_deleted(ada: Reader) -> None:
    shown = ada.fill(ada.get(PROJECTS), PROJECTS, name="Shop")
    assert shown.title == "Shop"
    taken = ada.fill(ada.get(PROJECTS), PROJECTS, name="Shop")
    assert taken.status == 409
    renamed = ada.fill(shown, shown.path.partition("?")[0], name="Till")
    assert renamed.title == "Till"
    gone = ada.post(f"{renamed.path.partition('?')[0]}/delete")
    assert "The project was deleted." in gone.text
    assert ada.api.read("projects")["items"] == []


def test_a_project_that_is_used_is_not_deleted_and_the_page_says_why(ada: Reader) -> None:
    project = ada.api.make("projects", name="Shop")["id"]
    ada.api.make("contact-groups", name="Nights", project_id=project)
    path = f"{PROJECTS}/{project}"
    seen = ada.get(path)
    assert seen.select(f"form[action='{path}/delete']") == []
    assert "This project cannot be deleted while" in seen.text
    assert ada.post(f"{path}/delete").status == 409
    assert [each["name"] for each in ada.api.read("projects")["items"]] == ["Shop"]


def test_a_team_and_a_member_get_roles_in_a_project_and_lose_them(
    ada: Reader, bob: ApiClient
) -> None:
    project = ada.api.make("projects", name="Shop")["id"]
    ada.api.make_monitor(name="Till", project_id=project)
    path = f"{PROJECTS}/{project}"
    page = ada.fill(ada.get(f"{TEAMS}/new"), f"{TEAMS}/new", name="Days", member_ids=[_id(bob)])
    team = page.path.partition("?")[0].rpartition("/")[2]
    given = ada.fill(ada.get(path), f"{path}/roles", holder=f"team:{team}", role="viewer")
    assert "Team Days" in given.text
    assert [each["name"] for each in bob.read("monitors")["items"]] == ["Till"]
    member = f"member:{_id(bob)}"
    ada.fill(given, f"{path}/roles", holder=member, role="operator")
    roles = ada.api.read(f"projects/{project}/roles")["items"]
    assert [each["role"] for each in roles] == ["viewer", "operator"]
    for holder in (member, f"team:{team}"):
        ada.post(f"{path}/roles/take", holder=holder)
    assert bob.get("monitors").status_code == 403


def test_a_role_without_a_holder_or_a_word_is_refused_beside_its_field(ada: Reader) -> None:
    path = f"{PROJECTS}/{ada.api.make('projects', name='Shop')['id']}"
    nobody = ada.post(f"{path}/roles", holder="team:x", role="viewer")
    assert (nobody.status, nobody.errors) == (422, ["Who: Choose a team or a member."])
    assert nobody.one("#f-name")["value"] == "Shop"
    wrong = ada.post(f"{path}/roles", holder=f"member:{_id(ada.api)}", role="custom:x")
    assert (wrong.status, wrong.errors) == (422, ["Role: Choose a role."])


def test_a_custom_role_is_made_of_a_table_and_given_to_a_member(
    ada: Reader, bob: ApiClient
) -> None:
    page = ada.get(f"{ROLES}/new")
    refused = ada.fill(page, f"{ROLES}/new", name="Desk")
    assert refused.status == 422
    seen = ada.fill(page, f"{ROLES}/new", name="Desk", permissions=["incident:read"])
    role = str(seen.one("table a")["href"]).rpartition("/")[2]
    member = f"/settings/members/{_id(bob)}"
    shown = ada.fill(ada.get(member), member, role=f"custom:{role}")
    assert "Desk" in shown.one("table").get_text()
    assert bob.get("incidents").status_code == 200
    held = ada.post(f"{ROLES}/{role}/delete")
    assert held.status == 409
    changed = ada.fill(
        ada.get(f"{ROLES}/{role}"),
        f"{ROLES}/{role}",
        permissions=["incident:read", "monitor:read"],
    )
    assert changed.status == 200
    assert bob.get("monitors").status_code == 200


def test_an_admin_is_offered_no_permission_that_they_lack(app: Flask, ada: Reader) -> None:
    role = ada.api.make("custom-roles", name="Money", permissions=["billing:write"])["id"]
    join(ada.api, app, "adam", "admin")
    adam = Reader(app).log_in("adam@example.test")
    offered = {str(each["value"]) for each in adam.get(f"{ROLES}/new").select("td input")}
    assert "monitor:write" in offered
    assert offered.isdisjoint({"billing:write", "member:write", "organization:write"})
    assert adam.get(f"{ROLES}/{role}").select("main form") == []


def test_a_viewer_reads_the_pages_and_finds_no_button(app: Flask, ada: Reader) -> None:
    project = ada.api.make("projects", name="Shop")["id"]
    team = ada.api.make("teams", name="Days", member_ids=[_id(ada.api)])["id"]
    role = ada.api.make("custom-roles", name="Desk", permissions=["incident:read"])["id"]
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    for path in (
        *(PROJECTS, f"{PROJECTS}/{project}"),
        *(TEAMS, f"{TEAMS}/{team}"),
        *(ROLES, f"{ROLES}/{role}"),
    ):
        seen = vic.get(path)
        assert seen.status == 200
        assert seen.select("main form") == [], path


def test_a_project_is_chosen_for_monitors_groups_and_policies(ada: Reader) -> None:
    project = ada.api.make("projects", name="Shop")["id"]
    monitor = ada.api.make_monitor(name="Till")
    group = ada.api.make("contact-groups", name="Nights")["id"]
    target = {"kind": "contact_group", "id": group}
    steps = [{"wait_minutes": 0, "targets": [target]}]
    policy = ada.api.make("escalation-policies", name="Night", steps=steps)["id"]
    for path, api in (
        (f"/monitors/{monitor['id']}/edit", f"monitors/{monitor['id']}"),
        (f"/groups/{group}/edit", f"contact-groups/{group}"),
        (f"/on-call/policies/{policy}/edit", f"escalation-policies/{policy}"),
    ):
        shown = ada.fill(ada.get(path), path, project_id=project)
        assert shown.link("Shop") == f"{PROJECTS}/{project}", path
        assert ada.api.read(api)["project_id"] == project
        kept = ada.fill(ada.get(path), path)
        assert kept.status == 200
        assert ada.api.read(api)["project_id"] == project
    listed = ada.get("/monitors", project=project)
    assert listed.link("Till") == f"/monitors/{monitor['id']}"


def test_many_monitors_are_moved_after_a_preview(ada: Reader) -> None:
    project = ada.api.make("projects", name="Shop")["id"]
    monitor = ada.api.make_monitor(name="Till")
    chosen: dict[str, Any] = {"act": "project", "project": project, "id": monitor["id"]}
    preview = ada.post("/monitors/bulk", **chosen)
    assert "Shop" in preview.one("#b-" + monitor["id"]).get_text()
    ada.post("/monitors/bulk/apply", **chosen)
    assert ada.api.read(f"monitors/{monitor['id']}")["project_id"] == project
