"""Contacts and contact groups over the API."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Channel, Contact
from tests.api.client import ApiClient, body_of

EMAIL = {"kind": "email", "address": "ada@example.test"}
PHONE = {"kind": "sms", "address": "+49 1511 2345678"}


def test_a_contact_has_channels_as_they_are_sent_to(client: ApiClient) -> None:
    contact = client.make("contacts", name="Ada", channels=[EMAIL, PHONE])
    assert [(each["kind"], each["address"]) for each in contact["channels"]] == [
        ("email", "ada@example.test"),
        ("sms", "+4915112345678"),
    ]
    assert client.read(f"contacts/{contact['id']}") == contact


def test_the_same_channel_is_kept_once(client: ApiClient) -> None:
    twice = {"kind": "email", "address": "ada@EXAMPLE.test"}
    assert len(client.make("contacts", name="Ada", channels=[EMAIL, twice])["channels"]) == 1


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Ada.Love+x@Example.TEST", "Ada.Love+x@example.test"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("o'neil@example.test", "o'neil@example.test"),
    ],
)
def test_email_addresses_of_many_forms_are_taken(
    client: ApiClient, given: str, stored: str
) -> None:
    contact = client.make("contacts", name="Ada", channels=[{"kind": "email", "address": given}])
    assert contact["channels"][0]["address"] == stored


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "email", "address": ""},
        {"kind": "email", "address": "ada"},
        {"kind": "email", "address": "@example.test"},
        {"kind": "email", "address": "ada@"},
        {"kind": "email", "address": "a@b@example.test"},
        {"kind": "email", "address": "ada@example.test\r\nBcc: eve@example.test"},
        {"kind": "email", "address": "Ada <ada@example.test>"},
        {"kind": "email", "address": "ada.@example.test"},
        {"kind": "email", "address": "ada@example..test"},
        {"kind": "email", "address": "ada@-example.test"},
        {"kind": "email", "address": "ada@127.0.0.1"},
        {"kind": "email", "address": "ada@localhost"},
        {"kind": "email", "address": f"ada@{'a' * 64}.test"},
        {"kind": "email", "address": "a" * 300 + "@example.test"},
        {"kind": "sms", "address": "0151 12345678"},
        {"kind": "sms", "address": "+"},
        {"kind": "sms", "address": "+999999"},
        {"kind": "sms", "address": "+4915112345678;ext=5"},
        {"kind": "sms", "address": "ada@example.test"},
        {"kind": "pigeon", "address": "ada@example.test"},
        {"kind": "email"},
        {"kind": "email", "address": "ada@example.test", "verified": True},
    ],
)
def test_a_bad_channel_is_named_and_nothing_is_stored(
    client: ApiClient, session: Session, channel: dict[str, object]
) -> None:
    response = client.post("contacts", {"name": "Ada", "channels": [EMAIL, channel]})
    assert response.status_code == 422, response.text
    assert all(path.startswith("channels.1.") for path in body_of(response)["errors"])
    assert session.scalars(select(Contact)).all() == []


def test_a_channel_that_stays_keeps_its_id(client: ApiClient, session: Session) -> None:
    contact = client.make("contacts", name="Ada", channels=[EMAIL, PHONE])
    response = client.patch(f"contacts/{contact['id']}", {"channels": [EMAIL]})
    assert body_of(response)["channels"] == contact["channels"][:1]
    assert len(session.scalars(select(Channel)).all()) == 1


def test_a_contact_can_get_another_name_only(client: ApiClient) -> None:
    contact = client.make("contacts", name="Ada", channels=[EMAIL])
    changed = body_of(client.patch(f"contacts/{contact['id']}", {"name": "Ada L."}))
    assert (changed["name"], changed["channels"]) == ("Ada L.", contact["channels"])


def test_a_deleted_contact_leaves_its_groups(client: ApiClient) -> None:
    contact = client.make("contacts", name="Ada", channels=[EMAIL])
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    assert client.delete(f"contacts/{contact['id']}").status_code == 204
    assert client.get(f"contacts/{contact['id']}").status_code == 404
    assert client.read(f"contact-groups/{group['id']}")["contact_ids"] == []


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


@pytest.mark.parametrize("path", ["contacts", "contact-groups"])
def test_pages_show_each_once_by_name(client: ApiClient, path: str) -> None:
    for name in ("c", "a 👩‍💻", "b", "d"):
        body: dict[str, object] = {"channels": []} if path == "contacts" else {}
        client.make(path, name=name, **body)
    seen: list[str] = []
    query: dict[str, object] = {"limit": 1}
    while True:
        page = client.read(path, **query)
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ["a 👩‍💻", "b", "c", "d"]


@pytest.mark.parametrize("path", ["contacts", "contact-groups"])
def test_a_bad_page_is_named(client: ApiClient, path: str) -> None:
    assert list(body_of(client.get(path, cursor="x"))["errors"]) == ["cursor"]
    assert list(body_of(client.get(path, limit="-1"))["errors"]) == ["limit"]
