"""Settings with which a notifier can be made, and no servers behind them."""

from typing import Any

from config.settings import Settings


def settings(**values: Any) -> Settings:  # noqa: ANN401 - the types are those of the settings
    needed = {"DATABASE_URL": "none", "REDIS_URL": "none", "jwt_private_key": "none"}
    return Settings(**(needed | values))
