"""Contacts over the API: their channels, their quiet hours, and pages of them and of groups."""

from datetime import time
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models import Channel, Contact
from server.resources import Transactions
from tests.api.applications import Serve
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
        {"kind": "sms", "address": "+15550123"},
        {"kind": "sms", "address": "0049 151 12345678"},
        {"kind": "sms", "address": "+49110"},
        {"kind": "voice", "address": "+4915112345678x5"},
        {"kind": "sms", "address": "+1415555O123"},
        {"kind": "sms", "address": "+4915112345678;ext=5"},
        {"kind": "sms", "address": "ada@example.test"},
        {"kind": "pigeon", "address": "ada@example.test"},
        {"kind": "sms", "address": "+499001234567"},
        {"kind": "voice", "address": "+4418012345678"},
        {"kind": "sms", "address": "+979123456789"},
        {"kind": "email"},
        {"kind": "email", "address": "ada@example.test", "verified": True},
        {"kind": "email", "address": "ada@example.test", "confirmed_at": "2026-01-01T00:00:00Z"},
        {"kind": "email", "address": "ada@example.test", "settings": {}},
        {"kind": "slack", "address": "https://hooks.example.test/x"},
        {"kind": "slack", "settings": {"url": "ftp://hooks.example.test/x"}},
        {"kind": "slack", "settings": {"url": "https://hooks.example.test/x", "colour": "red"}},
        {"kind": "slack", "settings": "https://hooks.example.test/x"},
        {"address": "ada@example.test"},
        {"id": str(uuid4())},
        {"id": str(uuid4()), "kind": "email", "address": "ada@example.test"},
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
    assert client.read(f"contacts/{contact['id']}")["channels"] == contact["channels"][:1]
    live = session.scalars(select(Channel.kind).where(Channel.deleted_at.is_(None))).all()
    assert live == ["email"]


def test_an_address_that_comes_back_is_another_channel(client: ApiClient) -> None:
    contact = client.make("contacts", name="Ada", channels=[EMAIL])
    client.patch(f"contacts/{contact['id']}", {"channels": []})
    (again,) = body_of(client.patch(f"contacts/{contact['id']}", {"channels": [EMAIL]}))["channels"]
    assert again["id"] != contact["channels"][0]["id"]


def test_a_contact_has_at_most_twenty_channels(client: ApiClient) -> None:
    many = [{"kind": "email", "address": f"a{number}@example.test"} for number in range(21)]
    response = client.post("contacts", {"name": "Ada", "channels": many})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["channels"]
    contact = client.make("contacts", name="Ada", channels=many[:20])
    response = client.post(f"contacts/{contact['id']}/channels", many[20])
    assert response.status_code == 409
    assert "at most 20" in response.text


def test_ten_thousand_in_one_request_are_refused_by_field(client: ApiClient) -> None:
    ids = [str(uuid4()) for _ in range(10_000)]
    layer = {"contact_ids": ids, "local_start": "2026-01-05T09:00:00", "handoff": {"kind": "daily"}}
    targets = [{"kind": "contact", "id": each} for each in ids]
    for path, field, many in (
        ("contact-groups", "contact_ids", ids),
        ("contact-groups", "contact_ids", ids[:501]),
        ("contacts", "channels", [EMAIL] * 10_000),
        ("on-call-schedules", "layers.0.contact_ids", [layer]),
        ("escalation-policies", "steps.0.targets", [{"wait_minutes": 0, "targets": targets}]),
        ("escalation-policies", "fallback_targets", targets),
    ):
        response = client.post(path, {"name": "X", field.partition(".")[0]: many})
        assert response.status_code == 422
        assert field in body_of(response)["errors"]


def test_an_organization_has_so_many_contacts_and_no_more(
    serve: Serve, settings: Settings, transaction: Transactions
) -> None:
    app = serve(settings.model_copy(update={"limits": {"contacts": 2}}), transaction)
    client = ApiClient(app).register("ada@example.test")
    for name in ("Ada", "Bob"):
        made = client.make("contacts", name=name, channels=[])
    response = client.post("contacts", {"name": "Cid", "channels": []})
    assert response.status_code == 409
    assert "at most 2 contacts" in response.text
    client.delete(f"contacts/{made['id']}")
    client.make("contacts", name="Cid", channels=[])


QUIET = {"from": "22:00", "until": "07:30", "except": "down"}


def test_a_contact_has_a_time_zone_and_quiet_hours_in_it(
    client: ApiClient, session: Session
) -> None:
    made = client.make(
        "contacts", name="Ada", channels=[], time_zone="Europe/Berlin", quiet_hours=QUIET
    )
    assert (made["time_zone"], made["quiet_hours"]) == ("Europe/Berlin", QUIET)
    assert client.read(f"contacts/{made['id']}") == made
    row = session.scalars(select(Contact)).one()
    assert (row.quiet_from, row.quiet_until, row.quiet_except) == (time(22), time(7, 30), "down")
    assert client.read("contacts")["items"] == [made]


def test_quiet_hours_can_be_changed_and_taken_away(client: ApiClient) -> None:
    made = client.make("contacts", name="Ada", channels=[])
    assert (made["time_zone"], made["quiet_hours"]) == ("UTC", None)
    path = f"contacts/{made['id']}"
    always = {"from": "00:00", "until": "06:00"}
    changed = body_of(client.patch(path, {"quiet_hours": always}))
    assert changed["quiet_hours"] == {**always, "except": None}
    assert body_of(client.patch(path, {"name": "Bob"}))["quiet_hours"] == changed["quiet_hours"]
    assert body_of(client.patch(path, {"quiet_hours": None}))["quiet_hours"] is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": None}, "time_zone"),
        ({"quiet_hours": {"from": "22:00"}}, "quiet_hours.until"),
        ({"quiet_hours": {"until": "22:00"}}, "quiet_hours.from"),
        ({"quiet_hours": {"from": "22:00", "until": "22:00"}}, "quiet_hours.until"),
        ({"quiet_hours": {"from": "24:00", "until": "07:00"}}, "quiet_hours.from"),
        ({"quiet_hours": {"from": "9pm", "until": "07:00"}}, "quiet_hours.from"),
        ({"quiet_hours": {"from": "22:00:30", "until": "07:00"}}, "quiet_hours.from"),
        (
            {"quiet_hours": {"from": "22:00", "until": "07:00", "except": "up"}},
            "quiet_hours.except",
        ),
        ({"quiet_hours": {"from": "22:00", "until": "07:00", "days": []}}, "quiet_hours.days"),
    ],
)
def test_quiet_hours_that_cannot_be_are_named(
    client: ApiClient, values: dict[str, object], field: str
) -> None:
    made = client.make("contacts", name="Ada", channels=[])
    for response in (
        client.post("contacts", {"name": "Bob", "channels": [], **values}),
        client.patch(f"contacts/{made['id']}", values),
    ):
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == [field]
    assert client.read(f"contacts/{made['id']}") == made


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
