"""docs/reference/templates.md names every variable, field and filter of templates."""

from pathlib import Path

from domain.alerting.alert import IN_OUR_WORDS, AlertEvent
from notifiers.templates.filters import FILTERS
from notifiers.templates.values import SHAPE, Shape

DOCUMENT = (
    Path(__file__).resolve().parent.parent / "docs" / "reference" / "templates.md"
).read_text()


def names(name: str, shape: Shape) -> list[str]:
    """Return how the document writes a value: a field behind its owner, of an item in the singular."""
    if isinstance(shape, dict):
        return [f"{name}.{field}" for field in shape]
    if isinstance(shape, list):
        return [name, *(each for each in names(name.removesuffix("s"), shape[0]) if "." in each)]
    return [name]


def test_every_variable_is_documented() -> None:
    for name, shape in SHAPE.items():
        for each in names(name, shape):
            assert f"`{each}`" in DOCUMENT, each


def test_every_filter_is_documented() -> None:
    for name in FILTERS:
        assert f"`{name}`" in DOCUMENT or f"`{name}(" in DOCUMENT, name


def test_each_event_is_documented() -> None:
    assert all(f"`{event}`" in DOCUMENT for event in AlertEvent)


def test_the_events_without_templates_are_documented() -> None:
    assert all(f"`{event}`" in DOCUMENT for event in IN_OUR_WORDS)
