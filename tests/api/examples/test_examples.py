"""Each example of the document, sent to the application as *Try it out* sends it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from api.schemas.examples import PASSWORD
from services.monitors.kinds import SETTINGS
from tests.api.client import ApiClient
from tests.api.examples import issued, recorded
from tests.api.examples.shop import Shop, shop

_METHODS = {"get", "post", "patch", "delete"}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """An example of an operation."""

    method: str
    path: str
    body: dict[str, Any] | None
    documented: frozenset[int]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@pytest.fixture
def spec(anybody: ApiClient) -> dict[str, Any]:
    return anybody.read("/api/openapi.json")


def examples(spec: dict[str, Any]) -> Iterator[tuple[str, Sent]]:
    """Give each example with the name of its operation."""
    for path, item in spec["paths"].items():
        for method in _METHODS & item.keys():
            operation = item[method]
            parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
            filled = path.format_map(
                {each["name"]: each.get("example") for each in parameters if each["in"] == "path"}
            )
            successes = frozenset(int(each) for each in operation["responses"] if each[0] == "2")
            for body in _bodies(operation):
                yield f"{method.upper()} {path}", Sent(method, filled, body, successes)


def _bodies(operation: dict[str, Any]) -> list[dict[str, Any] | None]:
    if "requestBody" not in operation:
        return [None]
    content = operation["requestBody"]["content"][_JSON]
    named = [each["value"] for each in content.get("examples", {}).values()]
    return named or [content["example"]]


_WITHOUT_PROVIDER = {
    "POST /api/v1/organization/billing/checkout",
    "POST /api/v1/organization/billing/portal",
    "POST /api/v1/billing/events",
}
"""What needs a billing provider, which a service has none by default: `tests/api/limits/test_billing.py`."""


def test_every_example_is_accepted_as_documented_and_recorded_once_in_the_audit_log(
    app: Flask, session: Session, connection: Connection, spec: dict[str, Any]
) -> None:
    its = shop(app, session)
    wrong = []
    for operation, sent in examples(spec):
        if operation in _WITHOUT_PROVIDER:
            continue
        undone = connection.begin_nested()
        wrong += [f"{operation} {sent.body or ''}: {each}" for each in _tried(its, operation, sent)]
        undone.rollback()
        session.expire_all()
    assert not wrong, "\n".join(wrong)


def _tried(its: Shop, operation: str, sent: Sent) -> list[str]:
    """Send an example, and return what is wrong with its answer or its entry in the audit log."""
    body, path = sent.body, sent.path
    if operation in issued.INSTEAD:
        for documented, made in issued.INSTEAD[operation](its).items():
            path = path.replace(documented, made)
    prepare: Callable[[Shop], dict[str, Any]] | None = issued.BEFORE.get(operation)
    if prepare:
        body = {**(body or {}), **prepare(its)} or None
    before = recorded.count(its.session)
    response = its.client.send(sent.method.upper(), path, json=body)
    if response.status_code not in sent.documented:
        return [f"{response.status_code} {response.text}"]
    return recorded.problems(its.app, its.session, response, body, before)


def test_each_kind_of_monitor_declares_an_example_of_its_own() -> None:
    assert [kind for kind, settings in SETTINGS.items() if "example" not in vars(settings)] == []


def test_the_first_example_of_a_monitor_is_the_one_that_people_try(spec: dict[str, Any]) -> None:
    content = spec["paths"]["/api/v1/monitors"]["post"]["requestBody"]["content"][_JSON]
    assert list(content["examples"]) == list(SETTINGS)
    assert content["examples"]["http"]["value"]["url"] == "https://shop.example.com/"


def test_the_introduction_says_how_to_get_a_token(spec: dict[str, Any], anybody: ApiClient) -> None:
    for address in ("/api/v1/auth/login", "/api/v1/api-keys", "/oauth/token"):
        assert address in spec["info"]["description"]
    assert PASSWORD not in spec["info"]["description"]
    del anybody
