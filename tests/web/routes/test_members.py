"""Members, roles, invitations, and the organization."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Organization, UserSession
from tests.api.client import PASSWORD
from tests.api.machines.callers import join
from tests.web.reader import Reader


def _member(app: Flask, ada: Reader, role: str) -> str:
    join(ada.api, app, "bob", role)
    members = ada.api.read("members")["items"]
    return str(next(each["id"] for each in members if each["email"] == "bob@example.test"))


def test_a_role_is_changed(app: Flask, ada: Reader) -> None:
    path = f"/settings/members/{_member(app, ada, 'viewer')}"
    seen = ada.fill(ada.get(path), path, role="operator")
    assert "The role was changed." in seen.text
    roles = {each["email"]: each["role"] for each in ada.api.read("members")["items"]}
    assert roles["bob@example.test"] == "operator"


def test_an_act_that_is_hard_to_undo_takes_the_password_again(
    app: Flask, ada: Reader, session: Session
) -> None:
    path = f"/settings/members/{_member(app, ada, 'viewer')}"
    session.execute(
        update(UserSession).values(proven_at=UserSession.proven_at - timedelta(hours=1))
    )
    asked = ada.post(f"{path}/remove")
    assert (asked.status, asked.title) == (401, "Confirm that it is you")
    assert len(ada.api.read("members")["items"]) == 2
    wrong = ada.fill(asked, "/proof", password="wrong")
    assert wrong.status == 422
    offered = ada.fill(asked, "/proof", password=PASSWORD)
    assert offered.path == path + "/remove" or offered.title
    assert "The member was removed." in ada.post(f"{path}/remove").text


def test_somebody_is_invited_and_the_invitation_withdrawn(ada: Reader) -> None:
    page = ada.get("/settings/members")
    seen = ada.fill(page, "/settings/invitations", email="new@example.test", role="viewer")
    assert "The invitation is on its way." in seen.text
    action = str(seen.one("form[action$='/withdraw']")["action"])
    assert "new@example.test" not in ada.post(action).one("#invitations").get_text()


def test_a_viewer_sees_the_members_and_no_button(app: Flask, ada: Reader) -> None:
    member = _member(app, ada, "viewer")
    bob = Reader(app).log_in("bob@example.test")
    for path in ("/settings/members", f"/settings/members/{member}", "/settings/organization"):
        seen = bob.get(path)
        assert seen.status == 200
        assert seen.select("main form") == []


def test_an_organization_is_deleted_by_its_name_and_a_password(
    ada: Reader, session: Session
) -> None:
    path = "/settings/organization/delete"
    refused = ada.fill(ada.get(path), path, name="Other", current_password=PASSWORD)
    assert refused.errors == ["Name of the organization: This is not the name of the organization."]
    ada.fill(refused, path, name="Shop", current_password=PASSWORD)
    # That nobody gets in any more is a matter of the rows (`tests/isolation/test_closures.py`).
    closed = session.scalars(select(Organization).where(Organization.closed_at.is_not(None))).one()
    assert closed.name == "Shop"


def test_the_ways_in_for_machines_are_chosen(ada: Reader) -> None:
    path = "/settings/organization"
    seen = ada.fill(ada.get(path), path, schemes=["api_key"])
    assert "The settings were saved." in seen.text
    assert ada.api.read("organization")["machine_schemes"] == ["api_key"]


def test_answers_cannot_be_encrypted_for_nobody(ada: Reader) -> None:
    path = "/settings/organization"
    refused = ada.fill(ada.get(path), path, require_encryption="1")
    assert refused.status == 409
    assert "No recipient is active" in refused.errors[0]


def test_what_each_role_may_do_is_shown(ada: Reader) -> None:
    text = ada.get("/settings/roles").text
    assert "Auditor" in text
