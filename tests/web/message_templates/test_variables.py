"""The list of what a template may speak of is that of the language itself."""

from collections.abc import Iterator

import pytest
from flask import Flask

from domain.alerting.alert import AlertEvent
from notifiers.templates.filters import FILTERS
from notifiers.templates.templates import Medium, problems
from web.message_templates import variables

_LISTS_OF_TEXTS = {"also_down", "monitor.tags", "regions"}


@pytest.fixture(autouse=True)
def _reader(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def test_each_value_that_is_no_list_can_be_written() -> None:
    for each in variables.variables():
        start, _, field = each.name.partition("[]")
        if field:
            source = f"x{{% for item in {start} %}}{{{{ item{field} }}}}{{% endfor %}}"
        elif any(other.name.startswith(f"{each.name}[]") for other in variables.variables()):
            continue
        elif each.name in _LISTS_OF_TEXTS:
            source = f"x{{{{ {each.name}|join }}}}"
        else:
            source = f"x{{{{ {each.name} }}}}"
        assert problems(Medium.TEXT, source, AlertEvent.DOWN) == (), each.name


def test_each_value_of_its_own_is_explained() -> None:
    silent = [each.name for each in variables.variables() if not each.meaning]
    assert all(name.startswith("parts[].") for name in silent)


def test_all_filters_are_named() -> None:
    assert set(variables.filters()) == set(FILTERS)
