"""Settings of multistep checks: what is refused when it is written, and where the problem is."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds.multistep.settings import MultistepSettings
from probes.kinds.multistep.templates import named_origins
from tests.conftest import ROOT

FOUND = {"extractions": [{"type": "header", "name": "found", "header": "X-Found"}]}
POST = {"method": "POST", "body_type": "json"}


def problems(*steps: object, **settings: object) -> dict[str, str]:
    """Return the problems by their paths."""
    with pytest.raises(ValidationError) as error:
        MultistepSettings.model_validate({"steps": list(steps), **settings})
    return {".".join(map(str, each["loc"])): each["msg"] for each in error.value.errors()}


def taken(*steps: object) -> MultistepSettings:
    return MultistepSettings.model_validate({"steps": list(steps)})


@pytest.mark.parametrize(
    ("step", "path", "words"),
    [
        ({"url": "/{{later}}"}, "url", "No earlier step extracts the value later."),
        ({"headers": {"X-A": "{{later}}"}}, "headers", "No earlier step extracts the value later."),
        ({**POST, "body": '"{{later}}"'}, "body", "No earlier step extracts the value later."),
        ({"url": "/{{credential.password}}"}, "url", "may stand only in a body"),
        ({"headers": {"X-A": "{{credential.username}}"}}, "headers", "may stand only in a body"),
        ({"url": "https://{{found}}/"}, "url", "may stand only after the host"),
        ({"url": "https://a.example:{{found}}/"}, "url", "may stand only after the host"),
        ({"url": "https://a.example{{found}}"}, "url", "may stand only after the host"),
        ({"url": "{{found}}/x"}, "url", "may stand only after the host"),
        ({"url": "/{{not-a-name}}"}, "url", "must be written as {{name}}"),
        ({"url": "ftp://a.example/"}, "url", "only http and https"),
        ({"url": "http://169.254.169.254/latest"}, "url", "may not connect"),
        ({"url": "https://ada:pw@a.example/"}, "url", "use a credential"),
        ({"headers": {"Authorization": "Bearer abc"}}, "headers", "Secrets are not accepted"),
        (
            {"headers": {"Authorization": "Bearer x{{found}}"}},
            "headers",
            "Secrets are not accepted",
        ),
        ({"headers": {"Cookie": "sid={{found}}"}}, "headers", "Secrets are not accepted"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers", "line breaks"),
        ({"headers": {"Host": "{{found}}"}}, "headers", "set by the probe itself"),
        ({"method": "POST", "body": "{{found}}"}, "body", "of the type json, form or xml"),
        ({**POST, "body": '{"a": {{found}}'}, "body", "not valid JSON"),
        ({**POST, "body": "{{found}}{{found}}"}, "body", "not valid JSON"),
        ({**POST, "body": f'"{"{{uuid}}" * 51}"'}, "body", "at most 50 placeholders"),
        ({"extractions": FOUND["extractions"] * 2}, "extractions", "the same name"),
        (
            {"extractions": [{"type": "header", "name": "uuid", "header": "X"}]},
            "extractions",
            "reserved",
        ),
        (
            {"extractions": [{"type": "regex", "name": "a", "pattern": "(a)(b)"}]},
            "extractions.0.regex",
            "one group",
        ),
        (
            {"extractions": [{"type": "regex", "name": "a", "pattern": "[ab]{400}"}]},
            "extractions.0.regex.pattern",
            "too large",
        ),
        (
            {"extractions": [{"type": "json_path", "name": "é", "path": "$.a"}]},
            "extractions.0.json_path.name",
            "pattern",
        ),
        ({"name": "a\nb"}, "name", "line breaks"),
        (
            {
                "method": "HEAD",
                "extractions": [{"type": "regex", "name": "a", "pattern": "a"}],
            },
            "extractions",
            "no body",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(
    step: dict[str, Any], path: str, words: str
) -> None:
    found = problems(FOUND, step)
    assert list(found) == [f"steps.1.{path}"]
    assert words in found[f"steps.1.{path}"]


@pytest.mark.parametrize("number", [0, 11, 1000])
def test_there_are_one_to_ten_steps(number: int) -> None:
    assert problems(*[{}] * number) == {"steps": "Value error, There must be 1 to 10 steps."}


def test_the_rules_and_bodies_of_all_steps_are_bounded_together() -> None:
    many = {
        "extractions": [{"type": "cookie", "name": f"c{each}", "cookie": "c"} for each in range(10)]
    }
    taken(*[many] * 10)
    assert list(problems(*[{**many, "assertions": [{"type": "latency_ms", "value": 9}]}] * 10)) == [
        "steps"
    ]
    half = {"method": "POST", "body": "x" * 40_000}
    taken(half)
    assert list(problems(half, half)) == ["steps"]


def test_a_value_may_be_used_wherever_it_is_encoded() -> None:
    settings = taken(
        FOUND,
        {
            **POST,
            "url": "https://b.example/{{found}}?q={{ found }}",
            "headers": {"authorization": "Bearer {{found}}", "X-Both": "{{found}}-{{uuid}}"},
            "body": '{"a": "{{found}}", "b": {{found}}, "c": "{{credential.password}}"}',
        },
        {"url": "{{found}}"},
        {"method": "PUT", "body_type": "xml", "body": "<a>{{found}}</a>"},
    )
    assert settings.uses_credential
    assert [each.inserts_credential for each in settings.steps] == [False, True, False, False]


def test_the_example_of_the_documentation_is_accepted() -> None:
    document = (ROOT / "docs" / "reference" / "probes.md").read_text()
    example = json.loads(document.partition("### Example")[2].split("```")[1].removeprefix("json"))
    settings = MultistepSettings.model_validate(example["settings"])
    assert [step.name for step in settings.steps] == [
        "log in",
        "read a token",
        "create",
        "read back",
        "delete",
    ]


def test_stored_settings_are_read_as_they_were_written() -> None:
    settings = taken(FOUND, {"url": "/{{found}}", "name": "  Ünïcödé 🙂 "})
    assert settings.steps[1].title == " “Ünïcödé 🙂”"
    assert MultistepSettings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    "steps", [None, 1, "x", {}, [], [None, "x", {"url": 1}, {"url": "/a"}, {}]]
)
def test_the_origins_that_steps_name_are_found_in_whatever_is_given(steps: Any) -> None:  # noqa: ANN401 - whatever a user sends
    assert named_origins(steps) == frozenset()
    if isinstance(steps, list):
        named = {"url": "https://b.example:8443/a?b={{c}}"}
        assert named_origins([*steps, named]) == frozenset({"https://b.example:8443"})
