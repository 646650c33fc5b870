"""Hawk, verified by its reference implementation in Node."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from tests.probes.auth import keys
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober

KEY = keys.VERIFYING["hawk"]["key"]


def held(**fields: object) -> Credential:
    return credential("hawk", {"id": "monitor", "key": KEY} | fields)


@pytest.mark.parametrize("path", ["/hawk", "/hawk/a//b/../c?d=e&f=%20'()$", "/hawk?"])
@pytest.mark.parametrize(
    "settings", [{}, {"method": "POST", "body": "grüße"}, {"method": "PUT"}, {"method": "HEAD"}]
)
def test_the_reference_takes_the_mac(
    probe: Prober, node: str, path: str, settings: dict[str, Any]
) -> None:
    assert check(probe, f"{node}{path}", held(), **settings).outcome is Outcome.UP


def test_the_type_of_the_body_and_the_other_fields_are_covered(probe: Prober, node: str) -> None:
    result = check(
        probe,
        f"{node}/hawk",
        held(ext="some-app-data", app="app1", delegated_by="ann"),
        method="POST",
        body="{}",
        headers={"content-type": "application/json; charset=utf-8"},
    )
    assert result.outcome is Outcome.UP


def test_a_key_may_hold_any_text(probe: Prober, node: str) -> None:
    assert check(probe, f"{node}/hawk", held(key="€")).cause is Cause.AUTHORIZATION


def test_another_key_is_refused(probe: Prober, node: str) -> None:
    assert check(probe, f"{node}/hawk", held(key="x")).cause is Cause.AUTHORIZATION


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 'a"b'},
        {"id": "a\r\nb"},
        {"id": "ü"},
        {"key": "a\nb"},
        {"key": ""},
        {"ext": "a\\b"},
        {"algorithm": "md5"},
        {"delegated_by": "ann"},
    ],
)
def test_what_has_no_place_in_the_header_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        held(**fields)
    assert KEY not in str(refused.value)
