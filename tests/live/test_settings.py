"""The settings of the hub: the same names, defaults and files as those of the other processes."""

from pathlib import Path

import pytest

from config.settings import Settings
from live import settings
from live.settings import LiveSettings

_NAMES = (
    *("DATABASE_URL", "REDIS_URL", "DOWNTIME_PUBLIC_URL"),
    *("DOWNTIME_TRUSTED_PROXIES", "DOWNTIME_LOG_FORMAT"),
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def test_defaults_are_those_of_the_other_processes() -> None:
    usual = {name: field.default for name, field in Settings.model_fields.items()}
    ours = LiveSettings(database_url="", redis_url="")
    for name in ("public_url", "trusted_proxies", "log_format"):
        assert getattr(ours, name) == usual[name]


def test_a_value_comes_from_the_environment_or_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("postgresql://live@db/downtime\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    monkeypatch.setenv("DOWNTIME_TRUSTED_PROXIES", "2")
    found = settings.load()
    assert found.database_url == "postgresql://live@db/downtime"
    assert found.redis_url == "redis://cache"
    assert found.trusted_proxies == 2
    assert "db" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", ""), ("DOWNTIME_TRUSTED_PROXIES", "many")]
)
def test_what_is_missing_or_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db")
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        settings.load()
