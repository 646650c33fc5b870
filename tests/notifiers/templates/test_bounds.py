"""What templates may cost: whatever is written, no message takes long or much memory, and none is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import AlertEvent
from notifiers.email.harmless_html import harmless
from notifiers.templates.engine import TemplateError
from notifiers.templates.templates import Medium, problems, render, rendered
from tests.notifiers.alerts import outage

PIECES = (
    *("{{", "}}", "{%", "%}", "{#", "#}", "for x in also_down", "endfor", "if", "else", "endif"),
    *(
        "cause",
        "monitor.name",
        "x",
        "loop.index",
        "facts",
        "|",
        "upper",
        "tojson",
        "length",
        "time",
    ),
    *("truncate(3)", "urlencode", "'a'", '"\\ud800"', "'\\x00'", "1e999", "9" * 5000, "==", "<"),
    *("(", ")", "[", "]", ".", ",", "<b>", "</p>", "<table>", "&#0;", '"', "\x00", "\u202e", " "),
)


@pytest.mark.abuse(67)
def test_filters_in_loops_end_after_so_many_characters() -> None:
    many = replace(outage(cause="😀" * 1000), also_down=("Basket",) * 50)
    work = "cause" + "|urlencode" * 6
    source = (
        "{% for one in also_down %}{% for two in also_down %}"
        f"{{% if {work}|length == 0 %}}{{% endif %}}{{% endfor %}}{{% endfor %}}x"
    )
    assert problems(Medium.TEXT, source, AlertEvent.DOWN) == ()
    made = rendered("sms", {"text": source}, many)
    assert (made.text, made.problem) == (
        "",
        "The default text was used, because the template failed: Its filters take too long.",
    )


def test_constants_are_counted_like_values() -> None:
    many = replace(outage(), also_down=("Basket",) * 50)
    source = (
        "{% for one in also_down %}{% for two in also_down %}"
        f"{{% if '{'x' * 5000}'|upper == '' %}}{{% endif %}}{{% endfor %}}{{% endfor %}}x"
    )
    with pytest.raises(TemplateError, match="filters take too long"):
        render(Medium.TEXT, source, many)


def test_a_long_list_of_long_causes_can_be_told_with_filters() -> None:
    parts = (outage(cause="é" * 1000),) * 50
    source = (
        "{% for part in parts %}{{ part.name|upper }}: {{ part.cause|urlencode|truncate(1000) }}"
        "{{ part.started_at|time('Europe/Berlin') }}\n{% endfor %}"
    )
    text = render(Medium.TEXT, source, replace(outage(), event=AlertEvent.DIGEST, parts=parts))
    assert len(text.splitlines()) == 50


@pytest.mark.abuse(67)
def test_html_of_elements_left_open_is_refused_before_it_grows() -> None:
    for source in (
        "".join(f"<p><b title={number}>" for number in range(1000)),
        "{% for name in also_down %}" + "<p><b title={{ name }}>" * 300 + "{% endfor %}",
    ):
        assert problems(Medium.HTML, source, AlertEvent.DOWN) == (
            "It produces more than 1000 tags.",
        )
    with pytest.raises(ValueError, match="1000 tags"):
        harmless("<" * 1001)
    assert harmless("<i>x</i>" * 500) == "<i>x</i>" * 500


def test_html_may_have_a_table_of_fifty_rows() -> None:
    parts = (outage(),) * 50
    row = "<tr>" + "<td>{{ part.name }}</td>" * 5 + "</tr>"
    source = f"<table>{{% for part in parts %}}{row}{{% endfor %}}</table>"
    html = render(Medium.HTML, source, replace(outage(), event=AlertEvent.DIGEST, parts=parts))
    assert html.count("<td>Shop</td>") == 250


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize("expression", [r'"\ud800"', r"'x\udfff'", r'"\ud800"|tojson'])
def test_half_a_character_is_refused_since_no_message_could_hold_it(
    medium: Medium, expression: str
) -> None:
    source = f'{{"a":\n"{{{{ {expression} }}}}"}}'
    assert problems(medium, source, AlertEvent.DOWN) == (
        "Line 2: A text contains an invalid character.",
    )


def test_a_whole_character_may_be_written_by_its_number() -> None:
    assert render(Medium.TEXT, r'{{ "\U0001f600\ud7ff\ue000"|length }}', outage()) == "3"


def test_what_nobody_foresaw_costs_no_message_either() -> None:
    broken = {"subject": "Down!", "text": 5}
    made = rendered("email", broken, outage())  # type: ignore[arg-type]
    assert (made.subject, made.text) == ("Down!", "")
    assert made.problem == "The default text was used, because this service had an error."


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(Medium))
def test_whatever_is_written_either_serves_or_is_refused_in_words(
    pieces: list[str], medium: Medium
) -> None:
    source = "".join(pieces)
    if problems(medium, source, AlertEvent.DOWN) == ():
        assert render(medium, source, outage(cause="é\x00<")).encode()
