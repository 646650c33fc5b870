"""Event subscriptions: addresses that are never shown, secrets that are shown once."""

from typing import Any

from tests.web.reader import Reader, Seen

URL = "https://hooks.example.test/secret-path"


def _make(reader: Reader, **fields: Any) -> Seen:  # noqa: ANN401 - as a form holds them
    page = reader.get("/settings/events/new")
    given: dict[str, Any] = {"name": "Ops", "url": URL, "events": ["incident.*"], **fields}
    return reader.fill(page, "/settings/events/new", **given)


def test_a_subscription_shows_its_secret_once_and_its_address_never(ada: Reader) -> None:
    made = _make(ada)
    secret = made.select("pre")[0].get_text().strip()
    assert secret.startswith("whsec_")
    path = ada.get("/settings/events").link("Ops")
    for seen in (ada.get("/settings/events"), ada.get(path)):
        assert "hooks.example.test" in seen.text
        assert "secret-path" not in str(seen.html)
        assert secret not in str(seen.html)


def test_what_cannot_be_subscribed_is_told_at_its_field(ada: Reader) -> None:
    wrong = {"name": "", "url": "ftp://x", "events": ["nothing"], "secret": "short"}
    for field, value in wrong.items():
        seen = _make(ada, **{field: value})
        assert seen.status == 422, field
        assert seen.one(f"#e-{field}")
    assert ada.api.read("event-subscriptions")["items"] == []


def test_a_test_event_is_listed(ada: Reader) -> None:
    _make(ada)
    path = ada.get("/settings/events").link("Ops")
    seen = ada.post(f"{path}/test")
    assert "A test event is on its way." in seen.text
    assert len(seen.select("tr[id^=delivery-]")) == 1


def test_a_subscription_is_changed_rotated_and_deleted(ada: Reader) -> None:
    _make(ada)
    path = ada.get("/settings/events").link("Ops")
    ada.fill(ada.get(path), path, name="Other", events=["*"])
    (kept,) = ada.api.read("event-subscriptions")["items"]
    assert (kept["name"], kept["events"]) == ("Other", ["*"])
    assert ada.fill(ada.get(path), f"{path}/rotate", overlap="2").select("pre")
    assert "still used until" in ada.get(path).text
    assert "Only the new secret and key sign" in ada.post(f"{path}/rotate/end").text
    assert "It receives no more events." in ada.post(f"{path}/delete").text


def test_an_enabled_subscription_cannot_be_enabled(ada: Reader) -> None:
    _make(ada)
    path = ada.get("/settings/events").link("Ops")
    seen = ada.post(f"{path}/enable")
    assert seen.status == 409
    assert "not disabled" in seen.text
