"""The settings that an embedded stack gives its processes."""

import sys
from pathlib import Path

import pytest

from config.settings import Settings
from devstack import environment, ports
from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys
from security.vault import KeyRing

URLS = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://localhost"}


def build(directory: Path, settings: dict[str, str] | None = None) -> dict[str, str]:
    return environment.build(directory, ports.USUAL, URLS | (settings or {}))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take all settings of ours out of the environment."""
    for name in environment.given():
        monkeypatch.delenv(name)
    return monkeypatch


def test_they_are_all_that_the_processes_need(tmp_path: Path, alone: pytest.MonkeyPatch) -> None:
    for name, value in build(tmp_path).items():
        alone.setenv(name, value)
    settings = Settings()
    assert settings.environment == "development"
    assert settings.smtp_url.get_secret_value() == "smtp://127.0.0.1:1025"
    assert settings.sms_gateway_url == "http://127.0.0.1:8025"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.jwt_private_key.get_secret_value().startswith("-----BEGIN PRIVATE KEY")
    assert settings.sms_token.get_secret_value()
    assert KeyRing.from_settings(settings).active


def test_settings_that_happen_to_be_in_the_surroundings_do_not_leak_in(
    tmp_path: Path, alone: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL_FILE", "SMTP_URL", "DOWNTIME_REGION", "CELERY_APP", "FLOWER_PORT"):
        alone.setenv(name, "stray")
    assert "stray" not in build(tmp_path).values()


def test_other_variables_of_the_surroundings_are_passed_on(
    tmp_path: Path, alone: pytest.MonkeyPatch
) -> None:
    alone.setenv("SSL_CERT_FILE", "/etc/ca.pem")
    assert build(tmp_path)["SSL_CERT_FILE"] == "/etc/ca.pem"


def test_a_given_setting_replaces_ours(tmp_path: Path) -> None:
    built = build(tmp_path, {"SMTP_URL": "smtps://mail.example", "DOWNTIME_REGION": "north"})
    assert built["SMTP_URL"] == "smtps://mail.example"
    assert built["DOWNTIME_REGION"] == "north"


@pytest.mark.parametrize(
    ("given", "replaced"),
    [
        ("SMTP_URL_FILE", "SMTP_URL"),
        ("DOWNTIME_JWT_PRIVATE_KEY", "DOWNTIME_JWT_PRIVATE_KEY_FILE"),
        ("DOWNTIME_KEYS", "DOWNTIME_KEYS_FILE"),
        ("DOWNTIME_SMS_TOKEN_FILE", "DOWNTIME_SMS_TOKEN"),
    ],
)
def test_a_setting_given_in_its_other_form_replaces_ours_too(
    tmp_path: Path, given: str, replaced: str
) -> None:
    built = build(tmp_path, {given: "x"})
    assert built[given] == "x"
    assert replaced not in built


def test_the_programs_of_this_virtual_environment_come_first(tmp_path: Path) -> None:
    assert build(tmp_path)["PATH"].startswith(str(Path(sys.executable).parent))


def test_a_second_start_has_the_same_secrets(tmp_path: Path) -> None:
    assert build(tmp_path) == build(tmp_path)


def test_what_the_surroundings_set_is_collected(alone: pytest.MonkeyPatch) -> None:
    alone.setenv("REDIS_URL_FILE", "/run/secrets/redis")
    alone.setenv("DOWNTIME_REGION", "north")
    alone.setenv("REDIS_URLS", "no setting")
    assert environment.given() == {
        "REDIS_URL_FILE": "/run/secrets/redis",
        "DOWNTIME_REGION": "north",
    }


def test_each_process_gets_the_message_keys_of_its_part_and_no_others(tmp_path: Path) -> None:
    rings = {
        name: MessageKeys.parse(
            environment.message_keys(tmp_path, name, {})["DOWNTIME_MESSAGE_KEYS"]
        )
        for name in COMPONENTS
    }
    assert "DOWNTIME_MESSAGE_KEYS" not in build(tmp_path)
    assert "DOWNTIME_MESSAGE_KEYS_FILE" not in build(tmp_path)
    assert [name for name in rings if rings[name].sender("dispatch.tick")] == ["beat"]
    assert [name for name in rings if rings[name].reads("q.dispatch")] == ["dispatch"]
    again = environment.message_keys(tmp_path, "beat", {})["DOWNTIME_MESSAGE_KEYS"]
    assert repr(MessageKeys.parse(again)) == repr(rings["beat"])


def test_message_keys_that_are_given_are_those_of_every_process(tmp_path: Path) -> None:
    for name in ("DOWNTIME_MESSAGE_KEYS", "DOWNTIME_MESSAGE_KEYS_FILE"):
        assert environment.message_keys(tmp_path, "beat", {name: "x"}) == {}
        assert build(tmp_path, {name: "x"})[name] == "x"
