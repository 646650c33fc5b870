"""Projects: who has a role in one project sees and changes nothing of another."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from config.limits import USUAL
from config.settings import load
from models import Monitor, Organization
from models.session import act_for
from services.search import query
from services.search.query import CheckSearch
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.api.identity.test_tenancy import BODIES, requests
from tests.api.machines.callers import join
from tests.isolation.acting import As
from tests.isolation.shops import CANARY, Shops, give


def _of_monitors(shops: Shops) -> Iterator[str]:
    yield shops.ids["monitor_id"]
    yield shops.ids["group_id"]
    yield shops.ids["policy_id"]
    yield shops.ids["incident_id"]
    yield shops.first


def test_a_guest_without_a_role_may_use_nothing_but_the_own_account(app: Flask) -> None:
    client = ApiClient(app).register("ada@example.test")
    guest = join(client, app, "guest", "guest")
    assert guest.get("me").status_code == 200
    assert guest.get("monitors").status_code == 403
    assert guest.get("projects").status_code == 403
    assert guest.get("members").status_code == 403


def test_no_operation_shows_or_changes_anything_of_another_project(
    app: Flask, shops: Shops
) -> None:
    leaks = []
    for method, path in sorted(requests(app, shops.ids)):
        if any(part in path for part in ("/me/", "/sessions", "/invitations/")):
            continue
        body = BODIES.get(path.rpartition("/")[2], {})
        answer = shops.guest.send(method, path, json=None if method == "GET" else body)
        if answer.status_code not in {401, 403, 404, 405}:
            leaks.append((method, path, answer.status_code, answer.text[:200]))
    assert not leaks, leaks


def test_lists_totals_and_searches_tell_nothing_of_another_project(
    app: Flask, shops: Shops
) -> None:
    secrets = (CANARY, *_of_monitors(shops))
    seen = {}
    for rule in app.url_map.iter_rules():
        if (
            rule.arguments
            or not rule.rule.startswith("/api/v1/")
            or "GET" not in (rule.methods or ())
        ):
            continue
        answer = shops.guest.get(rule.rule)
        seen[rule.rule] = answer.status_code
        assert not [each for each in secrets if each in answer.text], (rule.rule, answer.text)
    assert seen["/api/v1/monitors"] == seen["/api/v1/incidents"] == 200
    assert [each["name"] for each in shops.guest.read("monitors")["items"]] == ["Own"]
    assert shops.guest.read("analysis")["monitors"] == 1


def test_an_operator_of_a_project_works_in_it(shops: Shops) -> None:
    made = shops.guest.make_monitor(name="Till", project_id=shops.second)
    path = f"monitors/{made['id']}"
    assert shops.guest.patch(path, {"name": "Checkout"}).status_code == 200
    assert shops.guest.delete(path).status_code == 204
    assert shops.guest.read("projects")["items"][0]["monitors"] == 1


def test_what_is_created_belongs_to_a_project_of_its_maker(shops: Shops) -> None:
    values = {"name": "Till", "url": "https://till.test/"}
    nowhere = shops.guest.post("monitors", values)
    assert nowhere.status_code == 422
    assert "project_id" in body_of(nowhere)["errors"]
    elsewhere = shops.guest.post("monitors", {**values, "project_id": shops.first})
    assert elsewhere.status_code == 422
    moved = shops.guest.patch(f"monitors/{shops.own['id']}", {"project_id": shops.first})
    assert moved.status_code == 422


def test_a_window_or_an_objective_beyond_the_project_is_refused(shops: Shops) -> None:
    window = {"name": "All", "starts_at": "2036-01-01T00:00:00Z", "ends_at": "2036-01-01T01:00:00Z"}
    answer = shops.guest.post("maintenance-windows", {**window, "all_monitors": True})
    assert answer.status_code in {403, 422}, answer.text
    objective = {"name": "All", "indicator": "availability", "target_percent": 99}
    answer = shops.guest.post("slos", objective)
    assert answer.status_code in {403, 422}, answer.text


def test_a_role_in_a_project_adds_to_the_role_in_the_organization(app: Flask, shops: Shops) -> None:
    viewer = join(shops.owner, app, "vic", "viewer")
    give(shops.owner, viewer, shops.second, "operator")
    names = {each["name"] for each in viewer.read("monitors")["items"]}
    assert names == {"Own", CANARY}
    assert viewer.patch(f"monitors/{shops.own['id']}", {"name": "Mine"}).status_code == 200
    other = viewer.patch(f"monitors/{shops.ids['monitor_id']}", {"name": "Mine"})
    assert other.status_code == 404


def test_a_team_gives_its_role_to_each_of_its_members_at_once(app: Flask, shops: Shops) -> None:
    gast = join(shops.owner, app, "gast", "guest")
    team = shops.owner.make("teams", name="Nights")["id"]
    path = f"projects/{shops.first}/teams/{team}"
    assert shops.owner.send("PUT", path, json={"role": "viewer"}).status_code == 204
    assert gast.get("monitors").status_code == 403
    member = gast.read("me")["user"]["id"]
    assert shops.owner.patch(f"teams/{team}", {"member_ids": [member]}).status_code == 200
    assert [each["name"] for each in gast.read("monitors")["items"]] == [CANARY]
    assert gast.patch(f"monitors/{shops.ids['monitor_id']}", {"name": "X"}).status_code == 403
    assert shops.owner.delete(path).status_code == 204
    assert gast.get("monitors").status_code == 403


def test_an_edit_by_a_project_keeps_what_its_editor_does_not_see(shops: Shops) -> None:
    path = f"monitors/{shops.own['id']}"
    hidden = {
        "contact_group_ids": [shops.ids["group_id"]],
        "escalation_policy_id": shops.ids["policy_id"],
    }
    assert shops.owner.patch(path, hidden).status_code == 200
    seen = shops.guest.read(path)
    assert seen["contact_group_ids"] == []
    assert seen["escalation_policy_id"] is None
    assert shops.guest.patch(path, {"name": "Renamed"}).status_code == 200
    after = shops.owner.read(path)
    assert {name: after[name] for name in hidden} == hidden


def test_the_limits_of_the_organization_count_what_a_guest_does_not_see(
    shops: Shops, applications: Applications, acting: As
) -> None:
    limits = load().model_copy(update={"limits": {**USUAL, "monitors": 2}})
    with applications.serving(limits, lambda: acting("downtime_api")) as strict:
        guest = ApiClient(strict)
        guest.token = shops.guest.token
    answer = guest.post(
        "monitors", {"name": "Till", "url": "https://till.test/", "project_id": shops.second}
    )
    assert answer.status_code == 409, answer.text


def test_a_project_has_no_more_roles_than_the_limit(
    shops: Shops, applications: Applications, acting: As
) -> None:
    limits = load().model_copy(update={"limits": {**USUAL, "project_roles": 1}})
    with applications.serving(limits, lambda: acting("downtime_api")) as strict:
        owner = ApiClient(strict)
        owner.token = shops.owner.token
    team = owner.make("teams", name="Nights")["id"]
    path = f"projects/{shops.second}/teams/{team}"
    answer = owner.send("PUT", path, json={"role": "viewer"})
    assert answer.status_code == 409
    assert "(limit `project_roles`)" in answer.text


def test_a_custom_role_permits_what_it_names(app: Flask, shops: Shops) -> None:
    role = shops.owner.make("custom-roles", name="Incident desk", permissions=["incident:read"])
    member = join(shops.owner, app, "dora", "viewer")
    path = f"members/{member.read('me')['user']['id']}"
    given = shops.owner.patch(path, {"role": "custom", "custom_role_id": role["id"]})
    assert given.status_code == 200
    assert body_of(given)["custom_role_id"] == role["id"]
    assert member.get("incidents").status_code == 200
    assert member.get("monitors").status_code == 403
    assert shops.owner.delete(f"custom-roles/{role['id']}").status_code == 409
    more = {"permissions": ["incident:read", "monitor:read"]}
    assert shops.owner.patch(f"custom-roles/{role['id']}", more).status_code == 200
    assert member.get("monitors").status_code == 200


def test_nobody_makes_or_gives_a_role_with_more_than_their_own(app: Flask, shops: Shops) -> None:
    admin = join(shops.owner, app, "adam", "admin")
    answer = admin.post("custom-roles", {"name": "All", "permissions": ["organization:write"]})
    assert answer.status_code == 422
    operator = join(shops.owner, app, "otto", "operator")
    assert (
        operator.post("custom-roles", {"name": "X", "permissions": ["monitor:read"]}).status_code
        == 403
    )


@pytest.mark.parametrize("keys", ["{}", "{0}"])
def test_a_request_that_is_confined_to_no_project_sees_no_monitor(
    shops: Shops, acting: As, keys: str
) -> None:
    del shops
    with acting("downtime_api") as session:
        act_for(session, select(Organization.id))
        organization = session.scalars(select(Organization.id)).one()
        everything = session.scalar(select(func.count()).select_from(Monitor))
        session.execute(select(func.set_config("downtime.projects", keys, True)))  # noqa: FBT003 - until the transaction ends
        confined = session.scalar(select(func.count()).select_from(Monitor))
        # What a search reads of the archive, to which no policy of the database applies.
        searched = query.all_of(session, organization, CheckSearch())
    assert (everything, confined, searched) == (2, 0, [])
