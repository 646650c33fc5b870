"""The second wall: what the language refuses reaches nothing even where it is not asked."""

import pytest
from jinja2 import TemplateError, UndefinedError

from domain.alerting.alert import AlertEvent
from notifiers.sample_alerts import sample
from notifiers.templates.filters import lines
from notifiers.templates.sandbox import Sandbox, json_piece
from notifiers.templates.values import values
from tests.notifiers.templates.test_language import ESCAPES

SANDBOX = Sandbox(written_as=lines)


def unguarded(source: str) -> str:
    """Render without the language having been asked."""
    return SANDBOX.from_string(source).render(values(sample(AlertEvent.DOWN), lambda: None))


@pytest.mark.abuse(67)
@pytest.mark.parametrize("source", ESCAPES.values(), ids=ESCAPES)
def test_the_classic_ways_out_lead_nowhere(source: str) -> None:
    with pytest.raises((TemplateError, UndefinedError, TypeError, ValueError)):
        unguarded(source)


@pytest.mark.abuse(67)
@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ cause + cause }}",
        "{{ 9 ** 9 }}",
        "{{ -1 }}",
        "{% macro a() %}x{% endmacro %}{{ a() }}",
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as x %}",
        "{% extends '/etc/passwd' %}",
    ],
)
def test_nothing_is_computed_called_or_loaded(source: str) -> None:
    with pytest.raises((TemplateError, TypeError)):
        unguarded(source)


def test_nothing_is_global() -> None:
    assert not SANDBOX.globals
    assert not SANDBOX.tests


@pytest.mark.parametrize(
    ("value", "piece"),
    [
        ('a"\\\n', '\\"'),
        (None, "null"),
        (True, "true"),
        (7, "7"),
    ],
)
def test_a_piece_of_json_stays_in_its_place(value: object, piece: str) -> None:
    assert piece in json_piece(value)
