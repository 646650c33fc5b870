"""Values from what was typed, rows included; and what is shown again is what is stored."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from services.errors import Invalid
from web.forms import EMPTY
from web.model_forms import reading, rows, showing
from web.model_forms.fields import Field, Shape

NUMBER = Field(name="count", shape=Shape.WHOLE, label="Count", usual=3)
LENGTH = Field(name="wait", shape=Shape.DURATION, label="Wait", may_lack=True)
TEXT = Field(name="text", shape=Shape.LONG_TEXT, label="Text", may_lack=True)
SECRET = Field(name="password", shape=Shape.SECRET, label="Password", may_lack=True)
SCALAR = Field(name="value", shape=Shape.SCALAR, label="Value", may_lack=True)
CLAIMS = Field(name="claims", shape=Shape.PAIRS, label="Claims")
HEADERS = Field(name="headers", shape=Shape.PAIRS, label="Headers")
KINDS = Field(
    name="list", shape=Shape.ROWS, label="List", rows={"a": (NUMBER,), "b": (SCALAR, SECRET)}
)
SAME = Field(name="list", shape=Shape.ROWS, label="List", rows={"": (SCALAR, SECRET)})


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    """Be within a request, which has the language of its reader."""
    with Flask(__name__).test_request_context():
        yield


def read(field: Field, **typed: Any) -> dict[str, Any]:  # noqa: ANN401 - any form
    return reading.read([field], MultiDict(typed))


def problem(field: Field, **typed: Any) -> dict[str, Any]:  # noqa: ANN401 - any form
    with pytest.raises(Invalid) as refused:
        read(field, **typed)
    return dict(refused.value.problems)


def test_an_empty_number_is_left_to_its_default() -> None:
    assert read(NUMBER, count=" ") == {}
    assert read(NUMBER, count="-4") == {"count": -4}


@pytest.mark.parametrize("typed", ["1.5", "many", "1e3", "9" * 16, "٣٣x"])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    assert set(problem(NUMBER, count=typed)) == {"count"}


@pytest.mark.parametrize(
    ("amount", "unit", "seconds"),
    [("2", "60", 120), ("1.5", "3600", 5400), ("1,5", "60", 90), ("7", "13", 7), ("", "60", None)],
)
def test_a_duration_is_an_amount_of_a_unit(amount: str, unit: str, seconds: int | None) -> None:
    assert read(LENGTH, wait=amount, wait_unit=unit) == {"wait": seconds}


def test_line_breaks_are_those_of_texts_and_not_of_browsers() -> None:
    assert read(TEXT, text="a\r\nb") == {"text": "a\nb"}
    assert read(TEXT, text="") == {"text": None}


def test_an_empty_secret_is_kept_and_a_ticked_box_removes_it() -> None:
    assert read(SECRET) == {}
    assert read(SECRET, **{"secret:password": "x"}) == {"password": "x"}
    assert read(SECRET, **{"secret:password_clear": "1"}) == {"password": None}


@pytest.mark.parametrize("value", ["ok", "5", 5, 1.5, True, None, '"5"', "null", "[1]", ""])
def test_a_scalar_is_shown_such_that_it_is_read_as_what_it_is(value: object) -> None:
    (shown,) = showing.inputs([SCALAR], EMPTY, {"value": value})
    assert read(SCALAR, value=shown.value) == {"value": None if value is None else value}


def test_pairs_without_a_name_are_left_out_and_without_one_refused_if_they_say_something() -> None:
    typed = MultiDict([("headers_key", "A"), ("headers_value", "1"), ("headers_key", "")])
    typed.add("headers_value", "")
    assert reading.read([HEADERS], typed) == {"headers": {"A": "1"}}
    assert set(problem(HEADERS, headers_key="", headers_value="x")) == {"headers"}
    twice = MultiDict([("headers_key", "A"), ("headers_key", "A")])
    twice.setlist("headers_value", ["1", "2"])
    with pytest.raises(Invalid):
        reading.read([HEADERS], twice)


def test_claims_may_be_more_than_texts() -> None:
    typed: MultiDict[str, str] = MultiDict()
    typed.setlist("claims_key", ["a", "b", "c", "d"])
    typed.setlist("claims_value", ["text", "5", "true", '["x", "y"]'])
    assert reading.read([CLAIMS], typed) == {
        "claims": {"a": "text", "b": 5, "c": True, "d": ["x", "y"]}
    }


def test_rows_are_numbered_anew_when_one_is_removed() -> None:
    typed = MultiDict(
        [
            ("list_row", "0"), ("list.0.type", "a"), ("list.0.count", "1"),
            ("list_row", "7"), ("list.7.type", "b"), ("list.7.value", "x"),
            ("secret:list.7.password", "p"), ("drop", "list.0"),
        ]
    )  # fmt: skip
    settled = rows.settled([KINDS], typed)
    assert reading.read([KINDS], settled) == {
        "list": [{"type": "b", "value": "x", "password": "p"}]
    }


def test_a_problem_in_a_row_is_named_by_its_place() -> None:
    typed = MultiDict([("list_row", "3"), ("list.3.type", "a"), ("list.3.count", "x")])
    with pytest.raises(Invalid) as refused:
        reading.read([KINDS], rows.settled([KINDS], typed))
    assert list(refused.value.problems) == ["list.0.count"]


def test_a_new_row_has_its_usual_values() -> None:
    typed = MultiDict([("more", "list"), ("list_new", "a")])
    settled = rows.settled([KINDS], typed)
    assert settled["list.0.count"] == "3"
    assert (
        rows.settled([KINDS], MultiDict([("more", "list"), ("list_new", "z")])).getlist("list_row")
        == []
    )


def test_blank_rows_of_one_kind_are_left_out() -> None:
    typed = MultiDict([("list_row", "0"), ("list.0.value", " "), ("list_row", "1")])
    typed.add("list.1.value", "x")
    assert reading.read([SAME], rows.settled([SAME], typed)) == {"list": [{"value": "x"}]}


def test_endless_rows_are_cut_off() -> None:
    typed = MultiDict([("list_row", str(number)) for number in range(5000)])
    typed.update({f"list.{number}.value": "x" for number in range(5000)})
    assert len(rows.settled([SAME], typed).getlist("list_row")) == 100
