"""The OpenAPI document: whole, true, and the one that is checked in."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Flask

from services.monitors.kinds import SETTINGS
from tests.api.client import ApiClient
from tests.conftest import ROOT

_METHODS = {"get", "post", "put", "patch", "delete"}


def document(anybody: ApiClient) -> dict[str, Any]:
    return anybody.read("/api/openapi.json")


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for method in _METHODS & item.keys():
            yield path, method, item[method]


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_the_document_is_the_one_in_docs(anybody: ApiClient) -> None:
    """Write it anew with `downtime openapi > docs/reference/openapi.json`."""
    stored = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
    assert document(anybody) == stored


def test_every_versioned_route_is_in_the_document(app: Flask, anybody: ApiClient) -> None:
    documented = {(path, method.upper()) for path, method, _ in operations(document(anybody))}
    served = {
        (rule.rule.replace("<uuid:", "{").replace("<string:", "{").replace(">", "}"), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented == served


def test_every_reference_leads_somewhere(anybody: ApiClient) -> None:
    spec = document(anybody)
    for reference in references(spec):
        node: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node


def test_every_operation_is_described_and_says_how_it_fails(anybody: ApiClient) -> None:
    for path, method, operation in operations(document(anybody)):
        assert operation["summary"].endswith("."), (path, method)
        statuses = operation["responses"].keys()
        assert "default" in statuses
        assert any(status.startswith("2") for status in statuses), (path, method)


def test_every_operation_but_those_of_auth_asks_for_a_token(anybody: ApiClient) -> None:
    spec = document(anybody)
    assert spec["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, method, operation in operations(spec):
        is_open = path.startswith(("/api/v1/auth/", "/api/v1/schemas", "/api/v1/billing/events"))
        assert (operation.get("security") is None) == is_open, (path, method)
        assert is_open or "401" in operation["responses"]


def test_every_part_of_a_path_is_a_parameter(anybody: ApiClient) -> None:
    spec = document(anybody)
    for path, item in spec["paths"].items():
        for method in _METHODS & item.keys():
            parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
            named = {each["name"] for each in parameters if each["in"] == "path"}
            assert named == {step[1:-1] for step in path.split("/") if step.startswith("{")}


def test_errors_are_documented_as_problems(anybody: ApiClient) -> None:
    responses = document(anybody)["components"]["responses"]
    assert responses
    for response in responses.values():
        assert list(response["content"]) == ["application/problem+json"]


def test_the_settings_of_each_kind_are_in_the_document(anybody: ApiClient) -> None:
    schemas = document(anybody)["components"]["schemas"]
    assert "method" in schemas["HttpSettings"]["properties"]
    assert schemas["HttpSettings"]["additionalProperties"] is False
    assert schemas["MonitorCreate"]["properties"]["settings"]["anyOf"] == [
        {"$ref": f"#/components/schemas/{settings.__name__}"} for settings in SETTINGS.values()
    ]
    assert "HeartbeatSettings" in schemas


def test_every_route_is_in_the_guide(anybody: ApiClient) -> None:
    guide = (ROOT / "docs" / "reference" / "api.md").read_text()
    for path, method, _ in operations(document(anybody)):
        assert f"`{method.upper()} {path.removeprefix('/api/v1')}`" in guide
