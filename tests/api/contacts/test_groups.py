"""Contact groups over the API: whom they hold, what they are called, and who uses them."""

from uuid import uuid4

from tests.api.client import ApiClient, body_of

EMAIL = {"kind": "email", "address": "ada@example.test"}


def test_a_group_has_contacts_that_a_change_replaces(client: ApiClient) -> None:
    ada, bob = (
        client.make("contacts", name=name, channels=[EMAIL])["id"] for name in ("Ada", "Bob")
    )
    group = client.make("contact-groups", name="On call", contact_ids=[bob, ada, ada])
    assert group["contact_ids"] == [ada, bob]
    changed = body_of(client.patch(f"contact-groups/{group['id']}", {"contact_ids": [bob]}))
    assert changed["contact_ids"] == [bob]
    renamed = body_of(client.patch(f"contact-groups/{group['id']}", {"name": "Night"}))
    assert (renamed["name"], renamed["contact_ids"]) == ("Night", [bob])


def test_a_group_name_is_unique_in_its_organization_only(
    client: ApiClient, stranger: ApiClient
) -> None:
    client.make("contact-groups", name="On call")
    stranger.make("contact-groups", name="On call")
    response = client.post("contact-groups", {"name": "On call"})
    assert response.status_code == 409
    assert list(body_of(response)["errors"]) == ["name"]


def test_a_group_cannot_be_renamed_to_one_that_there_is(client: ApiClient) -> None:
    client.make("contact-groups", name="Day")
    night = client.make("contact-groups", name="Night")
    assert client.patch(f"contact-groups/{night['id']}", {"name": "Day"}).status_code == 409
    assert client.read(f"contact-groups/{night['id']}")["name"] == "Night"


def test_contacts_that_are_unknown_or_of_others_are_refused_alike(
    client: ApiClient, stranger: ApiClient
) -> None:
    theirs = stranger.make("contacts", name="Eve", channels=[EMAIL])["id"]
    for contact_id in (theirs, str(uuid4())):
        response = client.post("contact-groups", {"name": "X", "contact_ids": [contact_id]})
        assert response.status_code == 422
        assert body_of(response)["errors"] == {
            "contact_ids": [f"There is no contact {contact_id}."]
        }


def test_a_deleted_group_leaves_its_monitors(client: ApiClient) -> None:
    group = client.make("contact-groups", name="On call")
    monitor = client.make_monitor(contact_group_ids=[group["id"]])
    assert client.delete(f"contact-groups/{group['id']}").status_code == 204
    assert client.read(f"monitors/{monitor['id']}")["contact_group_ids"] == []
