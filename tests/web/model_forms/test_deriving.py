"""Fields that follow from models: of every kind and scheme, with a label and the shape of the type."""

from collections.abc import Iterator

import pytest

from probes.auth.registry import SCHEMES
from services.monitors.kinds import SETTINGS
from web.credential_editor.words import WORDS as SCHEME_WORDS
from web.model_forms import deriving
from web.model_forms.fields import Field, Shape
from web.monitor_editor import kinds
from web.monitor_editor.setting_words import WORDS as SETTING_WORDS
from web.words import kind as kind_label


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for each in fields:
        yield each
        for row in each.rows.values():
            yield from _all(row)


def of_kind(kind: str) -> dict[str, Field]:
    fields = deriving.fields_of(SETTINGS[kind], kind, SETTING_WORDS)
    return {each.name: each for each in fields}


def of_scheme(scheme: str) -> dict[str, Field]:
    fields = deriving.fields_of(SCHEMES[scheme].settings, scheme, SCHEME_WORDS)
    return {each.name: each for each in fields}


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_setting_of_a_kind_has_a_label(kind: str) -> None:
    assert kind in kind_label
    assert all(each.label for each in _all(tuple(of_kind(kind).values())))


def test_every_kind_is_described_in_a_group() -> None:
    described = {kind.name for _, group in kinds.GROUPS for kind in group if kind.about}
    assert described == set(SETTINGS)


def test_comparisons_are_words() -> None:
    texts = {
        text
        for each in _all(tuple(of_kind("http").values()))
        if each.name == "comparison"
        for _, text in each.choices
    }
    assert texts
    assert not texts & {"==", "!=", "<", "<=", ">", ">=", "not_contains"}


def test_shapes_and_bounds_are_those_of_the_model() -> None:
    http = of_kind("http")
    assert (http["method"].shape, http["method"].usual) == (Shape.SELECT, "GET")
    assert (http["headers"].shape, http["body"].shape) == (Shape.PAIRS, Shape.LONG_TEXT)
    assert (http["max_redirects"].least, http["max_redirects"].most) == (0, 10)
    assert (http["verify_tls"].shape, http["verify_tls"].usual) == (Shape.CHECK, True)
    assert (http["expected_status"].shape, http["expected_status"].usual) == (
        Shape.LINES,
        ("200-299",),
    )
    beat = of_kind("heartbeat")
    assert (beat["grace_seconds"].shape, beat["grace_seconds"].usual) == (Shape.DURATION, 300)
    assert beat["cron"].may_lack
    rows = http["assertions"].rows
    assert [each.name for each in rows["json_path"]] == ["path", "comparison", "value", "outcome"]
    assert rows["json_path"][2].shape is Shape.SCALAR


@pytest.mark.parametrize("scheme", SCHEMES)
def test_exactly_the_secrets_of_a_scheme_are_typed_in_as_secrets(scheme: str) -> None:
    model = SCHEMES[scheme].settings
    secret = {
        name for name, info in model.model_fields.items() if "Secret" in repr(info.annotation)
    }
    assert {each.name for each in of_scheme(scheme).values() if each.is_secret} == secret


def test_keys_of_several_lines_get_several_lines() -> None:
    assert of_scheme("jwt")["key"].shape is Shape.LONG_SECRET
    assert of_scheme("ca_bundle")["certificates"].shape is Shape.LONG_TEXT
    assert of_scheme("basic")["password"].shape is Shape.SECRET
    assert of_scheme("basic")["username"].shape is Shape.TEXT
