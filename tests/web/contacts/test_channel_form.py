"""The form of a channel, made from the settings of its kind."""

import json
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from notifiers.registry import KINDS
from services.errors import Invalid
from tests.notifiers.channels import channels
from web.contacts import channel_form


@pytest.fixture(autouse=True)
def _reader(app: Flask) -> Any:  # noqa: ANN401 - a generator
    with app.test_request_context("/"):
        yield


def _typed(kind: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what a person would type to get the example of a kind, and its settings."""
    example = channels("https://example.com")[kind]
    settings = dict(example.settings) or {"address": example.address}
    names = {each.setting: each.name for each in channel_form.fields(kind)}
    return {names[name]: str(value) for name, value in settings.items()}, settings


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_typed_for_any_kind_makes_its_settings(kind: str) -> None:
    typed, settings = _typed(kind)
    assert channel_form.given(kind, typed) == settings
    KINDS[kind].settings.model_validate(channel_form.given(kind, typed))


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_of_any_kind_has_the_name_of_a_secret_and_no_value(kind: str) -> None:
    secrets = {
        name
        for name, info in KINDS[kind].settings.model_fields.items()
        if "SecretStr" in str(info.annotation) or info.annotation is SecretStr
    }
    for each in channel_form.fields(kind, {"url": {"set": True}}):
        assert (each.kind == "secret") == (each.setting in secrets)
        assert each.name.startswith("secret." if each.setting in secrets else "settings.")
        assert each.kind != "secret" or each.value == ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_name_the_destination_of_a_kind_leaves_its_address(kind: str) -> None:
    model = KINDS[kind].settings
    _, settings = _typed(kind)
    before = model.model_validate(settings)
    others = {name: None for name in model.model_fields if name not in model.DESTINATION}
    bare = model.model_construct(**{**dict(before), **others})
    assert bare.address_of(json.dumps) == before.address_of(json.dumps)


def test_an_empty_secret_stays_and_an_empty_text_goes() -> None:
    shown = {"secret": {"set": True}, "content_type": "text/plain"}
    typed: dict[str, Any] = {"secret.secret": "", "settings.content_type": "application/json"}
    assert channel_form.changed("webhook", typed, shown) == {"content_type": "application/json"}
    typed |= {"secret.secret_clear": "1", "forget": "1"}
    assert channel_form.changed("webhook", typed, shown) == {
        "content_type": "application/json",
        "secret": None,
        "old_secret": None,
        "old_signing_key": None,
    }


def test_the_destination_cannot_be_changed_by_a_forged_form() -> None:
    typed: dict[str, Any] = {
        "secret.url": "https://evil.test/",
        "settings.content_type": "text/plain",
    }
    assert channel_form.changed("webhook", typed, {"content_type": "text/plain"}) == {}


def test_a_text_that_is_no_number_is_told_at_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        channel_form.given("telegram", {"settings.chat_id": "1", "settings.topic_id": "two"})
    assert list(refused.value.problems) == ["settings.topic_id"]
