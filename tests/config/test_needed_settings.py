"""A process is given no more than it uses, and says what it cannot do without."""

import pytest

from config.settings import Settings


def settings(**given: str) -> Settings:
    nothing = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "jwt_private_key"), "")
    return Settings.model_validate(nothing | given)


def test_settings_can_be_read_without_any_secret() -> None:
    assert settings().database_url.get_secret_value() == ""


def test_what_is_missing_is_named_as_the_variable_that_is_to_be_set() -> None:
    given = settings(REDIS_URL="redis://")
    given.need("redis_url")
    with pytest.raises(ValueError, match=r"^DATABASE_URL and DOWNTIME_JWT_PRIVATE_KEY must be set"):
        given.need("database_url", "redis_url", "jwt_private_key")
