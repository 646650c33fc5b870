"""The pages of contacts and their channels, as their readers use them."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.web.reader import Reader

EMAIL = {"kind": "email", "address": "ann@example.org"}
SLACK = {"kind": "slack", "settings": {"url": "https://hooks.slack.com/services/very-secret"}}


def contact(reader: Reader, *channels: Mapping[str, object], name: str = "Ann") -> str:
    made = reader.api.make("contacts", name=name, channels=list(channels))
    return str(made["id"])


def test_an_empty_list_says_what_a_contact_is_and_what_to_do(ada: Reader) -> None:
    seen = ada.get("/contacts")
    assert "Nobody is notified yet" in seen.text
    assert seen.link("New contact") == "/contacts/new"


def test_a_new_contact_with_an_address_is_asked_to_agree(ada: Reader) -> None:
    page = ada.get("/contacts/new")
    seen = ada.fill(
        page,
        "/contacts",
        name="Ann",
        email="ann@example.org",
        time_zone="Europe/Berlin",
        **{"quiet_hours.from": "22:00", "quiet_hours.until": "07:00"},
    )
    assert seen.title == "Ann"
    assert "Waiting for consent" in seen.text
    (shown,) = ada.api.read("contacts")["items"]
    assert shown["time_zone"] == "Europe/Berlin"
    assert shown["quiet_hours"] == {"from": "22:00", "until": "07:00", "except": "down"}


def test_a_refused_contact_keeps_what_was_typed(ada: Reader) -> None:
    typed: dict[str, Any] = {"name": "Ann", "email": "nobody", "phone": "123", "time_zone": "UTC"}
    seen = ada.post("/contacts", **typed)
    assert seen.status == 422
    assert seen.one("#f-name")["value"] == "Ann"
    assert seen.one("#f-email")["value"] == "nobody"
    assert "This is not an email address." in seen.one("#e-email").text
    assert seen.one("#e-phone").text


def test_quiet_hours_need_two_times(ada: Reader) -> None:
    typed: dict[str, Any] = {"quiet_hours.from": "22:00"}
    seen = ada.post("/contacts", name="Ann", time_zone="UTC", **typed)
    assert (seen.status, seen.errors) == (422, ["Quiet until: Enter a time such as 22:00."])


def test_a_contact_is_found_by_a_part_of_its_address(ada: Reader) -> None:
    contact(ada, EMAIL)
    contact(ada, name="Bob")
    assert [each.text for each in ada.get("/contacts", q="ANN@").select("[data-open]")] == ["Ann"]
    assert ada.get("/contacts", q="100%").select("[data-open]") == []


def test_a_contact_is_changed(ada: Reader) -> None:
    path = f"/contacts/{contact(ada, EMAIL)}/edit"
    seen = ada.fill(ada.get(path), path, name="Anna")
    assert seen.title == "Anna"
    assert "ann@example.org" in seen.text


def test_a_deletion_names_what_loses_the_contact(ada: Reader) -> None:
    ann = contact(ada, EMAIL)
    group = ada.api.make("contact-groups", name="Night", contact_ids=[ann])
    ada.api.make_monitor(name="Shop", contact_group_ids=[group["id"]])
    asked = ada.get(f"/contacts/{ann}/delete")
    assert asked.link("Night") == f"/groups/{group['id']}"
    assert "Shop" in asked.text
    seen = ada.post(f"/contacts/{ann}/delete")
    assert "The contact was deleted." in seen.text
    assert ada.api.read("contacts")["items"] == []


@pytest.mark.parametrize(
    ("kind", "typed", "address"),
    [
        ("slack", {"secret.url": "https://hooks.slack.com/services/x"}, "hooks.slack.com"),
        ("telegram", {"settings.chat_id": "-42", "settings.topic_id": "7"}, "-42/7"),
        ("pagerduty", {"secret.routing_key": "R0" * 16}, "("),
        ("webhook", {"secret.url": "https://example.com/x"}, "example.com"),
    ],
)
def test_a_channel_of_each_family_is_added_by_a_form_of_its_kind(
    ada: Reader, kind: str, typed: dict[str, Any], address: str
) -> None:
    path = f"/contacts/{contact(ada)}/channels/new/{kind}"
    seen = ada.fill(ada.get(path), path, **typed)
    assert seen.status == 200, seen.text
    assert address in seen.one("p.address").text


def test_a_refused_channel_says_why_at_the_field_and_forgets_the_secret(ada: Reader) -> None:
    path = f"/contacts/{contact(ada)}/channels/new/slack"
    typed: dict[str, Any] = {"secret.url": "ftp://very-secret"}
    seen = ada.post(path, **typed)
    assert seen.status == 422
    assert "Must be a URL" in seen.one("#e-secret\\.url").text
    assert "very-secret" not in seen.response.text


def test_a_channel_without_its_address_is_refused_at_the_field(ada: Reader) -> None:
    seen = ada.post(f"/contacts/{contact(ada)}/channels/new/webhook")
    assert seen.status == 422
    assert "Fill this in." in seen.one("#e-secret\\.url").text


def test_a_secret_is_replaced_and_the_former_one_stays_for_a_while(ada: Reader) -> None:
    settings: dict[str, Any] = {"url": "https://example.com/x", "secret": "whsec_" + "A" * 32}
    ann = contact(ada, {"kind": "webhook", "settings": settings})
    (channel,) = ada.api.read(f"contacts/{ann}")["channels"]
    path = f"/contacts/{ann}/channels/{channel['id']}/edit"
    page = ada.get(path)
    assert "A" * 32 not in page.response.text
    seen = ada.fill(page, path, overlap="2", **{"secret.secret": "whsec_" + "B" * 32})
    assert "A replaced secret stays valid until" in seen.text
    (after,) = ada.api.read(f"contacts/{ann}")["channels"]
    assert after["settings"]["content_type"] == "application/json"
    ada.fill(ada.get(path), path, forget="1")
    (after,) = ada.api.read(f"contacts/{ann}")["channels"]
    assert after["previous_until"] is None


def test_a_test_message_is_sent_to_a_channel_that_is_ready(ada: Reader) -> None:
    ann = contact(ada, SLACK)
    (channel,) = ada.api.read(f"contacts/{ann}")["channels"]
    seen = ada.post(f"/contacts/{ann}/channels/{channel['id']}/test")
    assert "A test message is on its way." in seen.text
    assert "Test message · Waiting" in seen.text
    (delivery,) = ada.api.read("deliveries")["items"]
    assert delivery["event"] == "test"


def test_a_question_is_not_repeated_without_end(ada: Reader) -> None:
    ann = contact(ada, EMAIL)
    (channel,) = ada.api.read(f"contacts/{ann}")["channels"]
    path = f"/contacts/{ann}/channels/{channel['id']}/confirmation"
    answers = [ada.post(path).status for _ in range(4)]
    assert answers == [200, 200, 429, 429]


def test_a_deleted_channel_is_gone(ada: Reader) -> None:
    ann = contact(ada, SLACK)
    (channel,) = ada.api.read(f"contacts/{ann}")["channels"]
    path = f"/contacts/{ann}/channels/{channel['id']}/delete"
    assert "It is the only channel of Ann" in ada.get(path).text
    seen = ada.post(path)
    assert "No channel" in seen.text


def test_names_that_are_scripts_are_only_text(ada: Reader) -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    ann = contact(ada, EMAIL, name=name)
    for path in (
        "/contacts",
        f"/contacts/{ann}",
        f"/contacts/{ann}/edit",
        f"/contacts/{ann}/delete",
    ):
        seen = ada.get(path)
        assert name in seen.text or name in str(
            [each.get("value") for each in seen.select("input")]
        )
        assert seen.select("main script, main img") == []


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader) -> None:
    ann = contact(ada, SLACK)
    (channel,) = ada.api.read(f"contacts/{ann}")["channels"]
    own = f"/contacts/{ann}"
    paths = [own, f"{own}/edit", f"{own}/delete", f"{own}/channels/new/email"]
    assert {eve.get(path).status for path in paths} == {404}
    there = f"{own}/channels/{channel['id']}"
    acts = [f"{own}/delete", f"{there}/test", f"{there}/delete", f"{there}/enable"]
    assert {eve.post(path).status for path in acts} == {404}
