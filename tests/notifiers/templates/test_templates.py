"""Templates: what an organization may say in its own words, and that nothing breaks out of its place."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import IN_OUR_WORDS, Alert, AlertEvent
from notifiers.sample_alerts import sample, samples
from notifiers.templates.engine import TemplateError
from notifiers.templates.filters import LARGEST
from notifiers.templates.templates import Medium, media_of, problems, render, rendered
from notifiers.templates.values import SHAPE, Shape, values
from notifiers.wording import wording
from tests.notifiers.alerts import about_many, every_event, outage, recovery

HOSTILE = (
    'A"\r\nBcc: eve@example.org\u2028\u2029\x0b\x85\x1b[0m<img src=x onerror=alert(1)>{{ cause }}'
)


def text(source: str, alert: Alert | None = None) -> str:
    return render(Medium.TEXT, source, alert or outage())


def shape_of(value: object) -> Shape:
    """Return the shape of what a template is given, of an empty list that of nothing."""
    if isinstance(value, dict):
        return {name: shape_of(field) for name, field in value.items()}
    return [shape_of(item) for item in value[:1]] if isinstance(value, list) else None


def test_values_conditions_loops_and_filters_make_a_text() -> None:
    alert = replace(outage(), also_down=("Basket", "Search"))
    source = (
        "{{ event|upper }}: {{ monitor.name }} since "
        "{{ started_at|time('Europe/Berlin', '%H:%M') }}"
        "{% if also_down %}\nalso {% for name in also_down %}"
        "{{ loop.index }}. {{ name }}{% if not loop.last %}, {% endif %}{% endfor %}{% endif %}"
    )
    assert text(source, alert) == "DOWN: Shop since 09:12\nalso 1. Basket, 2. Search"


def test_the_usual_words_can_be_added_to() -> None:
    usual = wording(recovery()).sentence
    assert text("{{ text }} See the runbook.", recovery()) == f"{usual} See the runbook."


def test_what_there_is_none_of_is_written_as_nothing() -> None:
    assert text("[{{ ended_at }}{{ duration }}{{ monitor.id }}]") == "[]"


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_has_the_values_that_are_promised(alert: Alert) -> None:
    given = values(replace(alert, tags=("eu",)), lambda: None)
    assert list(given) == list(SHAPE)
    for name, promised in SHAPE.items():
        found = shape_of(given[name])
        assert found in (promised, []), name


def test_values_are_plain_and_have_one_line() -> None:
    alert = replace(
        outage(name=HOSTILE, cause=HOSTILE), facts=((HOSTILE, HOSTILE),), also_down=(HOSTILE,)
    )
    written = json.dumps(values(alert, lambda: None))
    assert not any(sign in written for sign in ("\\n", "\\r", "\\u2028", "\\u2029", "\\u001b"))


@pytest.mark.parametrize(
    "name", [HOSTILE, "Shop\r\nBcc: x", "Shop\u2028Bcc: x", "Shop\nBcc: x\x00"]
)
def test_a_subject_is_one_line_whatever_a_monitor_is_called(name: str) -> None:
    subject = render(Medium.SUBJECT, "Down:\n{{ monitor.name }}\r\n{{ cause }}", outage(name=name))
    assert subject.isprintable()
    assert subject.startswith("Down: ")


def test_a_subject_has_at_most_200_characters() -> None:
    assert len(render(Medium.SUBJECT, "{{ cause }}", outage(cause="x" * 900))) == 200


def test_what_looks_like_a_formula_stays_as_it_is() -> None:
    assert text("{{ monitor.name }}", outage(name="=1+1")) == "=1+1"


@pytest.mark.abuse(67)
def test_a_value_is_never_read_as_a_template() -> None:
    assert text("{{ monitor.name }}", outage(name="{{ cause }}")) == "{{ cause }}"


def test_html_shows_names_and_causes_as_text() -> None:
    html = render(Medium.HTML, "<b>{{ monitor.name }}</b>", outage(name=HOSTILE))
    assert "<img" not in html
    assert html.startswith("<b>A")


def test_html_has_nothing_that_acts_even_where_a_value_stands_without_quotes() -> None:
    cause = "x onmouseover=alert(1) href=javascript:alert(1)"
    source = "<a href={{ cause }} title={{ cause }}>x</a><script>y()</script><form><input></form>"
    html = render(Medium.HTML, source, outage(cause=cause))
    assert not any(word in html for word in ("onmouseover", "javascript", "script", "input"))


def test_html_that_leaves_something_open_is_closed() -> None:
    assert render(Medium.HTML, "<div><p>{{ monitor.name }}</body></table>", outage()) == (
        "<div><p>Shop</p></div>"
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_body_is_json_that_says_exactly_the_name(name: str, cause: str) -> None:
    alert = outage(name=name, cause=cause)
    source = (
        '{"name": "{{ monitor.name }}", "cause": {{ cause|tojson }}, "ended": {{ ended_at }},'
        ' "credential": {{ is_authorization }}, "down": {{ also_down|tojson }}}'
    )
    notified = values(alert, lambda: None)
    assert json.loads(render(Medium.BODY, source, alert)) == {
        "name": notified["monitor"]["name"],
        "cause": notified["cause"],
        "ended": None,
        "credential": False,
        "down": [],
    }


@pytest.mark.parametrize(
    "source",
    [
        '{"name": {{ monitor.name }}}',
        '{"name": "{{ monitor.name }}",}',
        "{{ monitor.name }}",
        '{"n": NaN}',
        "[" * 5000 + "]" * 5000,
    ],
)
def test_a_body_that_is_no_json_is_refused(source: str) -> None:
    assert problems(Medium.BODY, source, AlertEvent.DOWN)


@pytest.mark.parametrize("event", sorted(set(AlertEvent) - IN_OUR_WORDS))
def test_a_template_of_every_value_serves_every_event(event: AlertEvent) -> None:
    source = (
        "{{ subject }}{% for fact in facts %}{{ fact.label }}{{ fact.value }}{% endfor %}"
        "{% for part in parts %}{{ part.name }}{{ part.started_at|time }}{% endfor %}{{ count }}"
    )
    assert problems(Medium.TEXT, source, event) == ()
    assert problems(Medium.BODY, '{"e": "{{ event }}", "p": {{ parts|tojson }}}', event) == ()


def test_samples_are_at_their_fullest_and_at_their_barest() -> None:
    full, bare = samples(AlertEvent.DOWN)
    assert all((full.cause, full.url, full.also_down, full.link, full.acknowledge_link))
    assert not any((bare.cause, bare.url, bare.also_down, bare.link, bare.acknowledge_link))


def test_a_template_that_makes_nothing_is_refused() -> None:
    assert problems(Medium.TEXT, "{% if ended_at %}x{% endif %} \n", AlertEvent.DOWN) == (
        "The template produces no text.",
    )


def test_a_comparison_that_fails_for_some_alerts_is_refused() -> None:
    source = "{% if duration_seconds > 60 %}long{% else %}short{% endif %}"
    assert problems(Medium.TEXT, source, AlertEvent.DOWN)
    assert problems(Medium.TEXT, source, AlertEvent.UP) == ()


def test_of_a_digest_at_most_fifty_are_gone_through_and_all_are_counted() -> None:
    many = replace(about_many(), parts=(outage(),) * 900)
    assert text("{{ count }}:{% for part in parts %}.{% endfor %}", many) == "900:" + "." * 50


def test_a_long_text_stops_while_it_is_written() -> None:
    alert = replace(outage(cause="x" * 1000), also_down=("y",) * 50)
    source = "{% for name in also_down %}" + "{{ cause }}" * 2 + "{% endfor %}"
    with pytest.raises(TemplateError, match=f"more than {LARGEST}"):
        text(source, alert)


def test_loops_in_loops_end_after_so_many_steps() -> None:
    many = replace(about_many(), parts=(outage(),) * 50, facts=(("a", "b"),) * 50)
    idle = "{% if cause %}{% endif %}" * 100
    source = (
        f"{{% for part in parts %}}{{% for fact in facts %}}{idle}{{% endfor %}}{{% endfor %}}x"
    )
    with pytest.raises(TemplateError, match="too long"):
        text(source, many)


def test_what_fails_is_left_to_the_usual_words_and_says_so() -> None:
    made = rendered("email", {"subject": "{{ event }}", "text": "{{ event > 1 }}"}, outage())
    assert (made.subject, made.text) == ("down", "")
    assert made.problem.startswith("The default text was used, because the template failed: ")


def test_a_stored_template_that_is_refused_by_now_costs_no_message() -> None:
    made = rendered("webhook", {"body": "{{ ''.__class__ }}"}, outage())
    assert made.body == ""
    assert "body" in made.problem


def test_a_kind_of_channel_uses_only_the_parts_that_it_has() -> None:
    sources = {medium.value: '"{{ event }}"' for medium in Medium}
    made = rendered("sms", sources, outage())
    assert (made.subject, made.text, made.html, made.body) == ("", '"down"', "", "")
    assert media_of("slack") == {Medium.SUBJECT, Medium.TEXT}


def test_a_source_may_have_16_kibibytes() -> None:
    assert problems(Medium.TEXT, "é" * 8192, AlertEvent.DOWN) == ()
    assert problems(Medium.TEXT, "é" * 8193, AlertEvent.DOWN) == ("May have at most 16384 bytes.",)


def test_control_characters_of_the_source_do_not_come_out() -> None:
    assert text("a\x07\u202eb\r\nc\u2028d") == "a  b\nc\nd"


def test_the_sample_speaks_of_the_same_moment_each_time() -> None:
    assert sample(AlertEvent.UP) == sample(AlertEvent.UP)
    assert sample(AlertEvent.UP).started_at == datetime(2026, 1, 31, 8, 12, 5, tzinfo=UTC)
