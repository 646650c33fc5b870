"""A worker says which addresses it may connect to when it starts."""

from collections.abc import Iterator

import pytest
from celery import Celery
from structlog.testing import capture_logs

from config.settings import load


@pytest.fixture
def fresh_settings(celery: Celery, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    del celery
    load.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    load.cache_clear()


@pytest.mark.parametrize(
    ("policy", "allow", "level"),
    [
        ("public", "", "info"),
        ("allowlist", "10.0.0.0/8, fd00:1::/64", "info"),
        ("any", "", "warning"),
    ],
)
def test_the_policy_the_length_of_its_list_and_the_region_are_logged(
    fresh_settings: pytest.MonkeyPatch, policy: str, allow: str, level: str
) -> None:
    from tasks.app import announce_egress  # noqa: PLC0415 - the settings exist only now

    fresh_settings.setenv("DOWNTIME_EGRESS_POLICY", policy)
    fresh_settings.setenv("DOWNTIME_EGRESS_ALLOW", allow)
    fresh_settings.setenv("DOWNTIME_REGION", "north")
    with capture_logs() as lines:
        announce_egress()
    assert lines == [
        {
            "event": "egress_policy",
            "log_level": level,
            "policy": policy,
            "allowed_networks": allow.count("/"),
            "region": "north",
        }
    ]
