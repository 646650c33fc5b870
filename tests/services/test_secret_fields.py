"""Fields of any shape: read strictly, kept whole, shown without what is secret."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import trustme
from pydantic import BaseModel, Field, SecretStr

from probes.auth.base import SchemeSettings
from probes.auth.registry import SCHEMES
from security.vault import DataKey
from services import secret_fields
from services.errors import Invalid

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CANARY = "canary-5f1c9a7e"
KEY = DataKey.new()


class Part(BaseModel):
    name: str
    value: SecretStr


class Nested(SchemeSettings):
    """Secrets wherever a scheme may ever have some."""

    parts: tuple[Part, ...] = ()
    words: dict[str, SecretStr] = Field(default_factory=dict)
    pair: tuple[SecretStr, int] | None = None
    only: SecretStr | None = None
    when: datetime | None = None
    place: Literal["a", "b"] = Field(default="a", alias="in")


def secrets_of(tree: object) -> list[object]:
    if isinstance(tree, dict):
        if tree.get("set") is True:
            return [tree]
        return [found for inner in tree.values() for found in secrets_of(inner)]
    return (
        [found for inner in tree for found in secrets_of(inner)] if isinstance(tree, list) else []
    )


@pytest.fixture
def nested() -> Nested:
    fields = {
        "parts": [{"name": "a", "value": f"{CANARY}1"}, {"name": "b", "value": f"{CANARY}2"}],
        "words": {"x": f"{CANARY}3"},
        "pair": [f"{CANARY}4", 7],
        "only": f"{CANARY}5",
        "when": NOW,
        "in": "b",
    }
    return Nested.model_validate(fields)


def test_secrets_at_any_depth_are_kept_and_not_shown(nested: Nested) -> None:
    assert str(secret_fields.plain(nested)).count(CANARY) == 5
    shown = secret_fields.shown(nested, KEY, now=NOW)
    assert CANARY not in str(shown)
    assert len(secrets_of(shown)) == 5
    assert shown["parts"][1]["name"] == "b"
    assert (shown["pair"][1], shown["in"], shown["when"]) == (7, "b", "2026-11-24T09:00:00Z")


def test_what_is_kept_can_be_read_again(nested: Nested) -> None:
    assert Nested.model_validate(secret_fields.plain(nested)) == nested


def test_a_secret_that_is_not_set_is_shown_as_that() -> None:
    shown = secret_fields.shown(Nested(), KEY, now=NOW)
    assert shown["only"] == {"set": False}
    assert shown["pair"] == {"set": False}
    assert shown["when"] is None


def test_a_secret_that_stays_keeps_its_age(nested: Nested) -> None:
    before = secret_fields.plain(nested), secret_fields.shown(nested, KEY, now=NOW)
    after = nested.model_copy(update={"only": SecretStr("new")})
    shown = secret_fields.shown(after, KEY, now=NOW + timedelta(days=1), before=before)
    assert shown["words"] == before[1]["words"]
    assert shown["only"]["updated_at"] == "2026-11-25T09:00:00.000Z"
    assert shown["only"]["fingerprint"] != before[1]["only"]["fingerprint"]


def test_the_same_secret_has_the_same_fingerprint_anywhere() -> None:
    settings = Nested(words={"x": SecretStr("same")}, only=SecretStr("same"))
    shown = secret_fields.shown(settings, KEY, now=NOW)
    assert shown["words"]["x"]["fingerprint"] == shown["only"]["fingerprint"]


def test_a_field_takes_away_those_that_it_replaces_unless_they_are_given_too() -> None:
    before = {"a": 1, "b": 2, "c": 3}
    replaces = {"a": {"b", "d"}}
    assert secret_fields.merged(before, {"a": 4}, replaces) == {"a": 4, "c": 3}
    assert secret_fields.merged(before, {"c": 4}, replaces) == {"a": 1, "b": 2, "c": 4}
    assert secret_fields.merged(before, {"a": None}, replaces) == {"b": 2, "c": 3}
    both = {"a": 4, "b": 5}
    assert secret_fields.merged(before, both, replaces) == {"a": 4, "b": 5, "c": 3}


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, {"a": 1, "b": 2}),
        ({"a": 3}, {"a": 3, "b": 2}),
        ({"b": None}, {"a": 1}),
        ({"c": 4}, {"a": 1, "b": 2, "c": 4}),
        ({"c": None}, {"a": 1, "b": 2, "c": None}),
    ],
)
def test_absent_keeps_and_null_takes_away_what_there_is(
    changes: dict[str, Any], after: dict[str, Any]
) -> None:
    assert secret_fields.merged({"a": 1, "b": 2}, changes) == after


@pytest.mark.parametrize("scheme", ["", "nonsense", "Bearer", "none"])
def test_an_unknown_scheme_is_named(scheme: str) -> None:
    with pytest.raises(Invalid) as refused:
        secret_fields.read(scheme, {})
    assert list(refused.value.problems) == ["scheme"]


def test_fields_that_are_too_long_together_are_refused() -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("shop.test")
    leaf, key = issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()

    def with_words(kibibytes: int) -> dict[str, str]:
        # Whatever stands between the blocks of PEM is taken.
        return {"certificate": leaf + "x" * (kibibytes * 1024 - len(leaf)), "key": key}

    secret_fields.read("client_certificate", with_words(250))
    with pytest.raises(Invalid) as refused:
        secret_fields.read("client_certificate", with_words(256))
    assert refused.value.problems == {"fields": ["Must be at most 256 KiB in total."]}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "value", [CANARY, f"{CANARY}\r\nX: y", [CANARY], {"a": CANARY}, [{"value": CANARY}], 7, None]
)
def test_no_scheme_repeats_a_value_that_it_refuses(scheme: str, value: object) -> None:
    model = SCHEMES[scheme].settings
    for name, field in model.model_fields.items():
        for fields in ({field.alias or name: value}, {"surplus": value}):
            with pytest.raises(Invalid) as refused:
                secret_fields.read(scheme, {**fields, "nobody-knows": 1})
            assert CANARY not in str(refused.value.problems)
            assert all(path.startswith("fields") for path in refused.value.problems)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_whatever_sounds_secret_in_a_scheme_is_one(scheme: str) -> None:
    for name, field in SCHEMES[scheme].settings.model_fields.items():
        if name.endswith(("password", "secret", "private_key", "passphrase")):
            assert secret_fields.may_hold_secret(field.annotation), name
