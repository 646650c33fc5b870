"""The pages of contact groups."""

from typing import Any

from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy


def group(reader: Reader, *contact_ids: str, name: str = "Team") -> str:
    made = reader.api.make("contact-groups", name=name, contact_ids=list(contact_ids))
    return f"/groups/{made['id']}"


def test_an_empty_list_says_what_a_group_is(ada: Reader) -> None:
    seen = ada.get("/groups")
    assert "No group yet" in seen.text
    assert seen.link("New group") == "/groups/new"


def test_a_group_is_made_with_the_contacts_that_are_ticked(ada: Reader) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    page = ada.get("/groups/new", contact=bob)
    assert page.form("/groups")["contact_ids"] == [bob]
    seen = ada.fill(page, "/groups", name="Team", contact_ids=[ann, bob])
    assert seen.title == "Team"
    assert seen.link("Ann") == f"/contacts/{ann}"
    assert "No monitor or policy uses this group yet." in seen.text


def test_a_group_is_changed_and_may_become_empty(ada: Reader) -> None:
    path = f"{group(ada, contact(ada))}/edit"
    seen = ada.fill(ada.get(path), path, name="Nobody's", contact_ids=[])
    assert seen.title == "Nobody's"
    assert "This group has no member" in seen.text


def test_a_refused_group_keeps_what_was_ticked(ada: Reader) -> None:
    ann = contact(ada)
    group(ada)
    seen = ada.post("/groups", name="Team", contact_ids=[ann])
    assert (seen.status, seen.one("#e-name").text) == (
        409,
        "There is already a contact group with this name.",
    )
    assert seen.form("/groups")["contact_ids"] == [ann]


def test_a_contact_of_somebody_else_is_refused(ada: Reader, eve: Reader) -> None:
    assert ada.post("/groups", name="Team", contact_ids=[contact(eve)]).status == 422


def test_a_deletion_names_what_loses_the_group(ada: Reader) -> None:
    path = group(ada, contact(ada))
    made = policy(ada, ("contact_group", path.removeprefix("/groups/")))
    ada.api.make_monitor(contact_group_ids=[path.removeprefix("/groups/")])
    asked = ada.get(f"{path}/delete")
    assert asked.link("Urgent") == f"/on-call/policies/{made}"
    assert "Shop" in asked.text
    assert "The group was deleted." in ada.post(f"{path}/delete").text


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader) -> None:
    path = group(ada)
    assert {eve.get(f"{path}{act}").status for act in ("", "/edit", "/delete")} == {404}
    typed: dict[str, Any] = {"name": "Mine"}
    assert {eve.post(f"{path}{act}", **typed).status for act in ("/edit", "/delete")} == {404}
