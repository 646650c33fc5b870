"""Channels of every kind over the API: secrets only go in, and each stays what it is told apart by."""

from base64 import b64encode
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings, load
from models import Channel
from models.session import database_now
from notifiers.registry import KINDS
from security.vault import KeyRing
from server.resources import Transactions
from services.contacts import channel_settings
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.factories.contacts import all_agree
from tests.notifiers.channels import channels as one_of_each

URL = "https://hooks.example.test/in/very-secret"
OTHER_URL = "https://hooks.example.test/in/other-secret"
SECRET = "whsec_" + b64encode(b"very-secret-".rjust(32, b"s")).decode()
NEW_SECRET = "whsec_" + b64encode(b"n" * 32).decode()
EMAIL = {"kind": "email", "address": "ada@example.test"}
HOOK = {"kind": "webhook", "settings": {"url": URL, "secret": SECRET}}
SLACK = {"kind": "slack", "settings": {"url": URL}}


@pytest.fixture
def contact(client: ApiClient) -> dict[str, Any]:
    return client.make("contacts", name="Ada", channels=[EMAIL, HOOK])


def path_of(contact: dict[str, Any], index: int | None = None) -> str:
    base = f"contacts/{contact['id']}/channels"
    return base if index is None else f"{base}/{contact['channels'][index]['id']}"


def opened(session: Session, kind: str) -> dict[str, Any]:
    """Return the settings of the one channel of a kind as a worker reads them."""
    session.expire_all()
    channel = session.scalars(select(Channel).where(Channel.kind == kind)).one()
    ring = KeyRing.from_settings(load())
    now = database_now(session)
    return dict(channel_settings.destination(session, channel, ring, now=now).settings)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"apprise"}))
def test_a_channel_of_each_kind_is_made_and_shown_without_its_secrets(
    client: ApiClient, kind: str
) -> None:
    given = one_of_each("https://hooks.example.test")[kind]
    fields = dict(given.settings) or {"address": given.address}
    empty = client.make("contacts", name="Ada", channels=[])
    made = client.make(path_of(empty), kind=kind, settings=fields)
    assert made["kind"] == kind
    assert "very-secret" not in str(made)
    assert client.read(f"{path_of(empty)}/{made['id']}") == made
    assert client.read(path_of(empty)) == {"items": [made], "next_cursor": None}
    assert client.read(f"contacts/{empty['id']}")["channels"] == [made]
    assert (made["confirmed_at"] is None) == KINDS[kind].needs_confirmation
    assert (made["confirmation_sent_at"] is None) == (not KINDS[kind].needs_confirmation)


def test_a_secret_is_shown_as_set_with_its_fingerprint(contact: dict[str, Any]) -> None:
    shown = contact["channels"][1]["settings"]
    assert shown["url"]["set"] is True
    assert len(shown["secret"]["fingerprint"]) == 8
    assert shown["old_secret"] == {"set": False}
    assert shown["public_key"].startswith("whpk_")
    assert "secret" not in contact["channels"][1]["address"]


def test_the_same_place_is_one_channel_of_a_contact(
    client: ApiClient, contact: dict[str, Any]
) -> None:
    for channel in (EMAIL, HOOK):
        response = client.post(path_of(contact), channel)
        assert response.status_code == 409
        assert "to this destination" in response.text
    assert (
        client.post(path_of(contact), {**HOOK, "settings": {"url": OTHER_URL}}).status_code == 201
    )


def test_settings_are_changed_and_what_is_not_given_stays(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    changed = body_of(client.patch(path_of(contact, 1), {"settings": {"secret": NEW_SECRET}}))
    before = contact["channels"][1]
    assert (changed["id"], changed["address"]) == (before["id"], before["address"])
    assert changed["settings"]["url"] == before["settings"]["url"]
    assert changed["settings"]["old_secret"]["set"] is True
    stored = opened(session, "webhook")
    assert (stored["url"], stored["secret"], stored["old_secret"]) == (URL, NEW_SECRET, SECRET)


@pytest.mark.parametrize(
    ("index", "given"),
    [
        (0, {"address": "eve@example.test"}),
        (1, {"url": OTHER_URL}),
        (1, {"url": "https://elsewhere.example.test/"}),
    ],
)
def test_a_channel_never_leads_elsewhere(
    client: ApiClient, contact: dict[str, Any], index: int, given: dict[str, str]
) -> None:
    response = client.patch(path_of(contact, index), {"settings": given})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["settings"]
    assert client.read(path_of(contact, index)) == contact["channels"][index]


def test_channels_that_are_given_again_stay_with_their_secrets(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    all_agree(session)
    email, hook = contact["channels"]
    confirmed = client.read(path_of(contact, 0))
    wanted = [EMAIL, {"id": hook["id"]}, SLACK]
    changed = body_of(client.patch(f"contacts/{contact['id']}", {"channels": wanted}))
    assert changed["channels"][:2] == [confirmed, hook]
    assert changed["channels"][0]["id"] == email["id"]
    assert changed["channels"][2]["kind"] == "slack"
    assert opened(session, "webhook")["secret"] == SECRET


def test_a_url_that_is_given_again_with_another_secret_changes_that(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    again = {"kind": "webhook", "settings": {"url": URL, "secret": NEW_SECRET}}
    changed = body_of(client.patch(f"contacts/{contact['id']}", {"channels": [EMAIL, again]}))
    assert [each["id"] for each in changed["channels"]] == [
        each["id"] for each in contact["channels"]
    ]
    assert opened(session, "webhook")["secret"] == NEW_SECRET
    assert opened(session, "webhook")["old_secret"] == SECRET


def test_what_others_have_cannot_be_kept(
    client: ApiClient, stranger: ApiClient, contact: dict[str, Any]
) -> None:
    other = client.make("contacts", name="Bob", channels=[])
    theirs = stranger.make("contacts", name="Eve", channels=[])
    wanted = {"channels": [{"id": contact["channels"][0]["id"]}]}
    for response in (
        client.patch(f"contacts/{other['id']}", wanted),
        stranger.patch(f"contacts/{theirs['id']}", wanted),
    ):
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == ["channels.0.id"]


def test_a_deleted_channel_is_gone_for_its_users_and_stays_for_what_is_owed(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    path = path_of(contact, 0)
    assert client.delete(path).status_code == 204
    for response in (client.get(path), client.delete(path), client.post(f"{path}/test")):
        assert response.status_code == 404
    assert client.read(f"contacts/{contact['id']}")["channels"] == contact["channels"][1:]
    row = session.scalars(select(Channel).where(Channel.kind == "email")).one()
    assert row.deleted_at is not None


def test_a_deleted_contact_deletes_its_channels(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    client.delete(f"contacts/{contact['id']}")
    rows = session.scalars(select(Channel)).all()
    assert [(row.contact_id, row.deleted_at is None) for row in rows] == [(None, False)] * 2


@pytest.mark.parametrize(
    ("channel", "field"),
    [
        ({"kind": "email", "address": "nobody"}, "address"),
        ({"kind": "email"}, "address"),
        ({"kind": "sms", "settings": {"address": "112"}}, "settings.address"),
        ({"kind": "slack"}, "settings"),
        ({"kind": "slack", "settings": {"url": "very-secret"}}, "settings.url"),
        ({"kind": "telegram", "settings": {"chat_id": 42}}, "settings.chat_id"),
        ({"kind": "pigeon", "address": "x"}, "kind"),
        ({"address": "ada@example.test"}, "kind"),
        ({"kind": "pagerduty", "settings": {"routing_key": "very-secret"}}, "settings.routing_key"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_repeated(
    client: ApiClient, contact: dict[str, Any], channel: dict[str, Any], field: str
) -> None:
    for response, path in (
        (client.post(path_of(contact), channel), field),
        (client.post("contacts", {"name": "X", "channels": [channel]}), f"channels.0.{field}"),
    ):
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == [path]
        assert "very-secret" not in response.text


@pytest.mark.parametrize("kind", ["webhook", "slack", "teams"])
@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/x", "https://[::1]/x", "https://metadata.internal/x", "http://a.test/x"],
)
def test_a_url_in_private_space_is_refused_at_once(
    applications: Applications,
    settings: Settings,
    transaction: Transactions,
    kind: str,
    url: str,
) -> None:
    public = settings.model_copy(update={"egress_policy": "public"})
    channels = [EMAIL, {"kind": kind, "settings": {"url": url}}]
    with applications.serving(public, transaction) as app:
        client = ApiClient(app).register("ada@example.test")
        response = client.post("contacts", {"name": "Ada", "channels": channels})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["channels.1.settings.url"]


@pytest.mark.abuse(118)
@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_abuse_118_a_number_of_a_country_that_is_not_served_makes_no_channel(
    applications: Applications, settings: Settings, transaction: Transactions, kind: str
) -> None:
    only = settings.model_copy(update={"text_countries": ("AT",)})
    with applications.serving(only, transaction) as app:
        client = ApiClient(app).register("ada@example.test")
        contact = client.make("contacts", name="Ada", channels=[])
        for address, expected in (("+4915112345678", 422), ("+436601234567", 201)):
            body = {"kind": kind, "settings": {"address": address}}
            refused = client.post(path_of(contact), body)
            assert refused.status_code == expected, refused.text
