"""Lines of an import, as people paste them."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Invalid
from web.monitors.lists import targets
from web.monitors.lists.targets import MOST


def read(text: str) -> list[tuple[int, object]]:
    with Flask(__name__).test_request_context():
        return [
            (line.number, line.values if isinstance(line.values, Invalid) else line.values.name)
            for line in targets.read(text)
        ]


def test_a_line_has_its_number_although_others_say_nothing() -> None:
    assert read("\n# mine\nexample.com\n\n b.example , B ,") == [(3, "example.com"), (5, "B")]


def test_a_quoted_cell_may_have_a_comma_and_a_broken_quote_is_taken_as_it_is() -> None:
    assert read('a.example, "Shop, main"') == [(1, "Shop, main")]
    assert len(read('a.example, "Shop')) == 1


def test_a_header_is_left_out() -> None:
    assert read("Address,Name\na.example,Shop") == [(2, "Shop")]


def test_as_many_lines_as_the_api_takes() -> None:
    assert len(read("a.example\n" * MOST)) == MOST
    with pytest.raises(Invalid):
        read("a.example\n" * (MOST + 1))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except Invalid as refused:
        assert list(refused.problems) == ["targets"]  # noqa: PT017 - nothing else may be raised
