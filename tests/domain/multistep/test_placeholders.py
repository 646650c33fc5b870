"""Placeholders: a value stays one value wherever it is inserted."""

import json
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.multistep import placeholders
from domain.multistep.placeholders import UnfitValueError, Value, text_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
hostile = st.sampled_from(
    ['"', '","admin":true,"', "&a=b", "/../..", "?x#y", "\r\nX: y", "{{b}}", "\\", "<a/>", "]]>"]
)
values: st.SearchStrategy[Value] = st.one_of(
    texts, hostile, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)


@given(values)
def test_a_value_in_a_query_is_one_parameter(value: Value) -> None:
    url = placeholders.in_url("https://a.example/s?q={{v}}&last=1", {"v": value})
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [
        ("q", text_of(value)),
        ("last", "1"),
    ]
    assert url.isascii()


@given(values)
def test_a_value_in_a_path_is_one_segment_of_the_same_host(value: Value) -> None:
    try:
        url = placeholders.in_url("https://a.example/items/{{v}}/edit", {"v": value})
    except UnfitValueError:
        assert text_of(value) in {".", ".."}
        return
    parts = urlsplit(url)
    assert parts.netloc == "a.example"
    assert [unquote(each) for each in parts.path.split("/")] == [
        "",
        "items",
        text_of(value),
        "edit",
    ]


@pytest.mark.parametrize(
    ("template", "value"), [("/a/{{v}}/b", ".."), ("/a/.{{v}}", "."), ("/%2e{{v}}", ".")]
)
def test_a_value_cannot_climb_to_another_path(template: str, value: str) -> None:
    with pytest.raises(UnfitValueError):
        placeholders.in_url(template, {"v": value})


@given(values)
def test_a_value_in_json_is_one_string_or_keeps_its_type(value: Value) -> None:
    template = '{"said": "\\"{{v}}\\" {{ v }}", "as_it_is": {{v}}, "last": {"x": "}}"}}'
    text = text_of(value)
    assert json.loads(placeholders.in_json(template, {"v": value})) == {
        "said": f'"{text}" {text}',
        "as_it_is": value,
        "last": {"x": "}}"},
    }


@given(values)
def test_a_value_in_a_form_is_one_field(value: Value) -> None:
    body = placeholders.in_form("a={{v}}&b=2", {"v": value})
    assert parse_qsl(body, keep_blank_values=True) == [("a", text_of(value)), ("b", "2")]


@given(values)
def test_a_value_in_xml_is_one_text_and_one_attribute(value: Value) -> None:
    try:
        body = placeholders.in_xml("""<a b="{{v}}" c='{{v}}'>{{v}}<d/></a>""", {"v": value})
    except UnfitValueError:
        assert not text_of(value).isprintable()
        return
    root = ET.fromstring(body)  # noqa: S314 - this test wrote it
    # XML normalizes line breaks, and white space in attributes.
    text = text_of(value).replace("\r\n", "\n").replace("\r", "\n")
    assert (root.text or "") == text
    assert [each.tag for each in root] == ["d"]
    assert set(root.attrib) == {"b", "c"}


@given(values)
def test_a_value_in_a_header_is_on_one_line(value: Value) -> None:
    try:
        line = placeholders.in_header("Bearer {{v}}", {"v": value})
    except UnfitValueError:
        assert not text_of(value).isprintable()
        return
    assert line == f"Bearer {text_of(value)}"
    assert not set(line) & {"\r", "\n", "\0"}


def test_a_value_is_inserted_once_and_not_read_for_placeholders() -> None:
    inserted = placeholders.in_form("a={{v}}", {"v": "{{v}}"})
    assert placeholders.names_in(inserted) == ()
    assert placeholders.in_header("{{v}}", {"v": "{{v}}"}) == "{{v}}"


def test_names_are_found_once_in_their_order() -> None:
    assert placeholders.names_in("{{b}}/{{ a }}?{{b}}={{credential.password}}") == (
        "b",
        "a",
        "credential.password",
    )
    assert placeholders.only_name("{{ a }}") == "a"
    assert placeholders.only_name("{{a}}/") is None


@pytest.mark.parametrize(
    "text", ["{{a-b}}", "{{1}}", "{{a", "{{ }}", "{{é}}", f"{{{{{'a' * 51}}}}}"]
)
def test_what_only_looks_like_a_placeholder_is_noticed(text: str) -> None:
    assert not placeholders.is_well_formed(text)


def test_a_json_body_of_open_strings_is_read_in_linear_time() -> None:
    text = '\\"' * 32_000
    assert placeholders.in_json('"' + text, {}) == '"' + text
