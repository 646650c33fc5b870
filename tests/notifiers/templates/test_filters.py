"""The filters of templates, and what they refuse."""

import pytest

from domain.alerting.alert import Alert, AlertEvent
from notifiers.sample_alerts import sample
from notifiers.templates.engine import TemplateError
from notifiers.templates.templates import Medium, render


def of(expression: str, event: AlertEvent = AlertEvent.DOWN) -> str:
    alert: Alert = sample(event)
    return render(Medium.TEXT, f"{{{{ {expression} }}}}", alert)


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("'straße'|upper", "STRASSE"),
        ("'ÄB'|lower", "äb"),
        ("'down now'|capitalize", "Down now"),
        ("'abcdef'|truncate(4)", "abc…"),
        ("'abcdef'|truncate(6)", "abcdef"),
        ("'abcdef'|truncate(4, end='')", "abcd"),
        ("ended_at|default('not yet')", "not yet"),
        ("0|default('x')", "0"),
        ("also_down|join", "Basket, Search"),
        ("also_down|join(' + ')", "Basket + Search"),
        ("also_down|length", "2"),
        ("'äb'|length", "2"),
        ("'a b/ü?'|urlencode", "a%20b%2F%C3%BC%3F"),
        ("started_at", "2026-01-31T08:12:05Z"),
        ("started_at|time", "2026-01-31 08:12:05 UTC"),
        ("started_at|time('America/New_York')", "2026-01-31 03:12:05 EST"),
        ("started_at|time(form='%d.%m.%Y')", "31.01.2026"),
        ("ended_at|time", ""),
        ("facts|tojson", "[]"),
        ("monitor|tojson|truncate(6, end='')", '{"id":'),
        ("cause|tojson|tojson", '"Answered 500 Internal Server Error, expected 200-299."'),
    ],
)
def test_filters_do_what_they_say(expression: str, made: str) -> None:
    assert of(expression) == made


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("cause|truncate(0)", "truncate takes"),
        ("cause|truncate('x')", "truncate takes"),
        ("cause|join", "join takes a list"),
        ("facts|join", "join takes a list"),
        ("also_down|join('123456789012345678901')", "join takes a separator"),
        ("cause|time", "time takes a time"),
        ("started_at|time('Nowhere/Land')", "time takes a time zone"),
        ("started_at|time('../../etc/passwd')", "time takes a time zone"),
        ("started_at|time(also_down)", "time takes a time zone"),
        ("started_at|time(form='%9999999d')", "time takes a form"),
        ("started_at|time(form='%Q')", "time takes a form"),
        ("started_at|time(form='100%')", "time takes a form"),
        ("facts|upper", "A list is written by"),
        ("cause|upper(1)", "wrong type"),
    ],
)
def test_what_does_not_fit_is_said(expression: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem):
        of(expression, AlertEvent.FLAPPING if "facts|join" in expression else AlertEvent.DOWN)


def test_what_grows_with_each_filter_is_stopped() -> None:
    grown = """'""" + '"' * 20 + """'|tojson""" + "|lower|tojson" * 12
    with pytest.raises(TemplateError, match="A filter produces more than"):
        of(grown)
