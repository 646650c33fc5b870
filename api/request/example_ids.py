"""Examples of the parts of paths, for the OpenAPI document."""

import re
from collections.abc import Mapping
from typing import Any

IDS: Mapping[str, str] = {
    "entry": "1f6d0f4e-5b0f-4f5e-8f57-2d9f6f0f3c11",
    "api_key": "6513270e-269e-4d37-b2a7-4de452e6b438",
    "channel": "d23f0824-128b-4f33-8c5c-7fd0a6a3a450",
    "contact": "9531985d-5d9d-49f8-9818-e811892f902b",
    "credential": "36f675cc-81e7-4ef5-a8e2-5d940ed90475",
    "custom_role": "5d0c1e35-32ce-4b0f-9e2d-1d7a4c1be9a0",
    "delivery": "6b0d549b-6f03-475a-9600-a35a099950d8",
    "domain": "f1d0b7c4-6a0e-4b7a-9f25-0c1a3a2b6d11",
    "draft": "8d116ece-1738-47d9-bd9c-172411e20b8f",
    "export": "90c192cf-d3ac-44af-8f21-ddb66cad4a26",
    "group": "a170b338-3926-4059-b28c-105d1fb17c23",
    "heartbeat": "0fd630f1-f29d-4da9-953f-48f1a09f76b5",
    "incident": "0cb1e29c-658c-4a14-95e6-0af593bd04cf",
    "invitation": "8e81973e-0bec-47b0-b898-d190f9ebdacc",
    "member": "6b4cb242-4a23-4596-a217-beaddbc496cb",
    "monitor": "92276658-1e27-41c0-8a6a-63ec24ede6a4",
    "organization": "ae97ba94-d0ed-482f-8f6d-05584ef8aa38",
    "override": "923a7369-94e3-4f91-9a61-dbe22e44158b",
    "policy": "18f135d2-5f55-4203-b018-50c5a38fd547",
    "project": "b0f3b6a4-6c7e-4c1d-8f60-53d6f5a2c9d1",
    "recipient": "907a70c3-1012-4037-b64c-e4228c38fb29",
    "schedule": "7f150524-34b9-45df-9e77-69b10f4205b4",
    "service_account": "c6f87718-6d76-407e-881e-d162ae2eb154",
    "passkey": "0b6f4cf3-2f0f-4c55-9d5e-6f1cf0a6c0a1",
    "session": "ec66a787-95e7-41d1-b731-af10506bf2ef",
    "slo": "2f0c6b5e-5a0f-4f0a-9c0e-0b9a4c3d7e21",
    "sso_connection": "b9a7e2f4-0f7c-4e3b-9a71-52c8d1c0f6aa",
    "subscription": "3f98e277-4cbd-47ad-9c90-a9587403e430",
    "team": "2e7d8c7e-8c55-4b0c-a5b4-97b0b7d5a6c3",
    "template": "c7a2ea20-b2f1-4c94-ae05-319acb5c7427",
    "test_run": "4cdd2055-930d-4eaf-94f4-733f3e7d1bfb",
    "window": "57ee05cd-e009-42c7-bebf-f20686734721",
}
"""An id of each noun that a path or a body names."""


_TEXTS: Mapping[str, str] = {
    "/<string:checked_at>": "2026-01-31T12:00:00Z",
    "/schemas/<string:name>": "export.checks.v1",
    "/schemas/events/<string:name>": "incident.opened",
}
"""Other parts of paths, by the end of the route that names them."""

_OTHER_NOUNS: Mapping[str, str] = {
    "/<uuid:monitor_id>/pings": "heartbeat",
    "/<uuid:monitor_id>/ping-url/rotate": "heartbeat",
    "/monitors/test-runs/<uuid:test_run_id>": "draft",
}
"""The noun of an id that works for a route, by its end, if its parameter has another name."""

_ID = re.compile(r"<uuid:(\w+)>")
_TEXT = re.compile(r"<string:(\w+)>")


def parameters(rule: str) -> list[dict[str, Any]]:
    """Return the parameters in the path of a route, each with an example."""
    ids = {name: _id_of(rule, name) for name in _ID.findall(rule)}
    texts = {name: _ending(rule, _TEXTS) for name in _TEXT.findall(rule)}
    return [
        {"in": "path", "name": name, "required": True, "example": value}
        for name, value in {**ids, **texts}.items()
        if value
    ]


def _id_of(rule: str, name: str) -> str | None:
    return IDS.get(_ending(rule, _OTHER_NOUNS) or name.removesuffix("_id"))


def _ending(rule: str, table: Mapping[str, str]) -> str | None:
    return next((value for end, value in table.items() if rule.endswith(end)), None)
