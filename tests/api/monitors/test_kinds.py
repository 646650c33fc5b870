"""Monitors of every kind, over the API."""

import pytest

from probes.registry import KINDS
from tests.api.client import ApiClient, body_of
from tests.probes.test_registry import EXAMPLES


@pytest.mark.parametrize("kind", KINDS)
def test_a_monitor_of_each_kind_is_taken_and_shown(client: ApiClient, kind: str) -> None:
    created = client.post("monitors", {"name": "Shop", "kind": kind, "url": EXAMPLES[kind]})
    assert created.status_code == 201, created.text
    shown = client.read(f"monitors/{body_of(created)['id']}")
    assert shown["kind"] == kind
    assert shown["url"] == KINDS[kind].validate_url(EXAMPLES[kind])
    assert shown["settings"] == KINDS[kind].settings().model_dump(mode="json")


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_of_another_kind_is_refused(client: ApiClient, kind: str) -> None:
    url = "ftp://example.com" if kind != "ftp" else "smtp://example.com"
    refused = client.post("monitors", {"name": "Shop", "kind": kind, "url": url})
    assert refused.status_code == 422
    assert list(body_of(refused)["errors"]) == ["url"]


def test_a_setting_that_makes_no_sense_is_named(client: ApiClient) -> None:
    refused = client.post(
        "monitors",
        {
            "name": "Shop",
            "kind": "dns",
            "url": "dns://example.com",
            "settings": {"server": "not a server", "expected_mode": "some"},
        },
    )
    assert refused.status_code == 422
    assert set(body_of(refused)["errors"]) == {"settings.server", "settings.expected_mode"}
