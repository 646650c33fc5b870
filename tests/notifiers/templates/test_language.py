"""What a template must not contain: each is refused when it is written, by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import AlertEvent
from notifiers.sample_alerts import sample
from notifiers.templates.templates import Medium, problems, render


def refusal(source: str) -> str:
    found = problems(Medium.TEXT, source, AlertEvent.DOWN)
    assert found, source
    return found[0]


ESCAPES = {
    "the classes of all objects": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the globals of a method": "{{ cause.upper.__globals__ }}",
    "the internals of a function": "{{ self.__init__.__globals__.__builtins__.open('/etc/passwd') }}",
    "the configuration of a web application": "{{ config.items() }}",
    "the request of a web application": "{{ request.application.__globals__ }}",
    "a global function of Jinja": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "a global class of Jinja": "{{ cycler.__init__.__globals__.os }}",
    "another global class of Jinja": "{{ joiner.__init__.__globals__ }}",
    "a namespace": "{{ namespace.__init__.__globals__ }}",
    "a range": "{% for number in range(99999999) %}x{% endfor %}",
    "str.format": "{{ '{0.__class__}'.format(cause) }}",
    "str.format_map": "{{ '{a.__class__}'.format_map(monitor) }}",
    "str.format by the filter attr (CVE-2025-27516)": "{{ '{0.__class__}'|attr('format') }}",
    "str.format by the filter map (CVE-2024-56326)": "{{ ['{0.__class__}'.format]|map('first') }}",
    "the filter format": "{{ '%s'|format(cause) }}",
    "the filter attr": "{{ cause|attr('__class__') }}",
    "the filter safe": "{{ cause|safe }}",
    "the filter map": "{{ also_down|map(attribute='__class__')|list }}",
    "an attribute by brackets": "{{ monitor['__class__'] }}",
    "an attribute by escapes": "{{ monitor['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "a generator": "{{ (cause for cause in also_down).gi_frame }}",
    "a change of a list": "{{ also_down.append(cause) }}",
    "a change of a mapping": "{{ monitor.update(name='x') }}",
    "a method of a value": "{{ cause.upper() }}",
    "the loop as a function": "{% for name in also_down %}{{ loop(also_down) }}{% endfor %}",
    "the inside of a loop": "{% for name in also_down %}{{ loop._iterable }}{% endfor %}",
    "a filter that nobody has": "{{ cause|nonesuch }}",
    "arguments by a list": "{{ cause|truncate(*facts) }}",
}


@pytest.mark.parametrize("source", ESCAPES.values(), ids=ESCAPES)
def test_the_classic_ways_out_are_refused(source: str) -> None:
    assert refusal(f"x{source}").startswith("Line 1: ")


STATEMENTS = {
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'x' as x %}",
    "from import": "{% from 'x' import y %}",
    "extends": "{% extends 'x' %}",
    "block": "{% block a %}{% endblock %}",
    "macro": "{% macro a() %}{{ a() }}{% endmacro %}",
    "call": "{% call cause() %}{% endcall %}",
    "set": "{% set a = cause %}",
    "set of a block": "{% set a %}{% endset %}",
    "with": "{% with a = cause %}{% endwith %}",
    "filter": "{% filter upper %}{% endfilter %}",
    "autoescape": "{% autoescape false %}{% endautoescape %}",
    "recursive": "{% for name in also_down recursive %}{% endfor %}",
    "do": "{% do cause %}",
    "unpacking": "{% for a, b in facts %}{% endfor %}",
    "a condition of a loop": "{% for a in also_down if a %}{% endfor %}",
    "a third loop": "{% for a in parts %}{% for b in parts %}{% for c in parts %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "a loop over text": "{% for a in cause %}{% endfor %}",
    "a loop over a list of its own": "{% for a in [1, 2] %}{% endfor %}",
    "a loop that hides a value": "{% for cause in also_down %}{% endfor %}",
    "a loop that hides its counter": "{% for loop in also_down %}{% endfor %}",
    "a hidden name": "{% for _name in also_down %}{% endfor %}",
    "a loop's variable behind it": "{% for name in also_down %}{% else %}{{ name }}{% endfor %}",
    "a filter on a block": "{% filter upper %}x{% endfilter %}",
    "options by a mapping": "{{ cause|truncate(**monitor) }}",
}


@pytest.mark.parametrize("source", STATEMENTS.values(), ids=STATEMENTS)
def test_statements_that_could_load_call_or_grow_are_refused(source: str) -> None:
    assert refusal(f"x{source}").startswith("Line 1: ")


def test_thirty_levels_are_taken_and_no_more() -> None:
    def nested(levels: int) -> str:
        return "{% if cause %}" * levels + "x" + "{% endif %}" * levels

    assert problems(Medium.TEXT, nested(28), AlertEvent.DOWN) == ()
    assert refusal(nested(29)) == "Line 1: Nested more than 30 levels deep."


@pytest.mark.parametrize(
    "expression",
    ["'a' * 1000000000", "9 ** 999999", "cause + cause", "cause ~ cause", "-1", "'%s' % cause"],
)
def test_nothing_is_computed(expression: str) -> None:
    assert refusal(f"{{{{ {expression} }}}}").startswith("Line 1: ")


@pytest.mark.parametrize(
    "source",
    [
        "{{ " + "(" * 3000 + "}}",
        "{{ " + "not " * 3000 + "cause }}",
        "{{ " + "cause and " * 1500 + "cause }}",
        "{{ cause" + "|upper" * 2000 + " }}",
        "{{ cause" + ".a" * 4000 + " }}",
        "{% if cause %}" * 500 + "{% endif %}" * 500,
    ],
)
def test_what_is_nested_deeply_is_refused(source: str) -> None:
    assert "deep" in refusal(source)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ title }}", "Line 1: There is no variable title."),
        ("ok\n{{ monitor.title }}", "Line 2: There is no field title of monitor."),
        ("{% if ended_at %}\n{{ nope }}{% endif %}x", "Line 2: There is no variable nope."),
        (
            "{% for part in parts %}{{ part.url }}{% endfor %}",
            "Line 1: There is no field url of part.",
        ),
        ("{{ part.name }}", "Line 1: There is no variable part."),
        ("{{ loop.index }}", "Line 1: There is no variable loop."),
        ("{{ cause.name }}", "Line 1: There is no field name of cause."),
        ("{{ cause if event }}", "Line 1: An if within a value needs its else."),
        (
            "\n{% autoescape false %}{% endautoescape %}",
            (
                "Line 2: A template may contain text, values, if, for, comparisons and filters, "
                "but not this: autoescape."
            ),
        ),
        ("{{ facts }}", "A list is written by a loop, or with join or tojson."),
        ("\n{% if %}", "Line 2: Expected an expression, got 'end of statement block'"),
        ("{{ " + "9" * 5000 + " }}", "One of its numbers is too long."),
    ],
)
def test_a_mistake_is_named_with_its_line(source: str, problem: str) -> None:
    assert refusal(source) == problem


PIECES = st.lists(
    st.sampled_from(
        "{{ }} {% %} {# #} if else elif endif for endfor in not and or is none true loop loop.index"  # noqa: SIM905 - a list of words
        " set raw endraw cause monitor monitor.name parts part part.name facts also_down | upper"
        " truncate join tojson time ( ) [ ] { } , . : == < = ~ + - * ** 'x' 7 1.5 __class__ self"
        " macro endmacro block include with recursive \\".split()
    ),
    max_size=12,
)


@given(PIECES, st.sampled_from(Medium))
def test_any_source_is_taken_or_refused_with_a_reason(pieces: list[str], medium: Medium) -> None:
    for source in (" ".join(pieces), f"x{{{{ {' '.join(pieces)} }}}}"):
        found = problems(medium, source, AlertEvent.DOWN)
        assert all(found)
        if not found:
            assert render(medium, source, sample(AlertEvent.DOWN))


def test_several_mistakes_are_named_at_once_but_not_without_end() -> None:
    found = problems(Medium.TEXT, "{{ a }}\n{{ b }}\n" + "{{ c }}" * 50, AlertEvent.DOWN)
    assert found[:2] == ("Line 1: There is no variable a.", "Line 2: There is no variable b.")
    assert len(found) == 10


@pytest.mark.parametrize(
    "source",
    [
        "{{ cause if cause else 'unknown' }}",
        "{% if event in ['down', 'degraded'] and not is_authorization %}x{% else %}y{% endif %}",
        "{% raw %}{{ not a value }}{% endraw %}",
        "{# a remark #}{{ cause|default('?')|truncate(20, end='..')|upper }}",
        "{%- for name in also_down -%} {{ name }} {%- else -%} none {%- endfor -%}",
    ],
)
def test_what_remains_is_enough_to_write_with(source: str) -> None:
    assert problems(Medium.TEXT, source, AlertEvent.DOWN) == ()
