"""The few settings of this process.

`config.settings` would take a third of its memory. The names, defaults and files are the same.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"
DEFAULT_LOG_FORMAT = "json"
_MOST_PROXIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    public_url: str = DEFAULT_PUBLIC_URL
    trusted_proxies: int = 0
    log_format: str = DEFAULT_LOG_FORMAT

    @property
    def origin(self) -> str:
        """The origin of the pages, whose scripts may read hints."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def cookie_name(self) -> str:
        is_secure = self.public_url.startswith("https://")
        return "__Host-session" if is_secure else "session"


def load() -> LiveSettings:
    """Read the settings. Raise `ValueError` with the name of one that is missing or invalid."""
    return LiveSettings(
        database_url=_needed("DATABASE_URL"),
        redis_url=_needed("REDIS_URL"),
        public_url=_value("DOWNTIME_PUBLIC_URL") or DEFAULT_PUBLIC_URL,
        trusted_proxies=_proxies(),
        log_format=_value("DOWNTIME_LOG_FORMAT") or DEFAULT_LOG_FORMAT,
    )


def _needed(name: str) -> str:
    found = _value(name)
    if not found:
        raise ValueError(f"{name} must be set: see docs/reference/settings.md.")
    return found


def _proxies() -> int:
    text = _value("DOWNTIME_TRUSTED_PROXIES") or "0"
    if not text.isdigit() or int(text) > _MOST_PROXIES:
        raise ValueError(f"DOWNTIME_TRUSTED_PROXIES must be a number up to {_MOST_PROXIES}.")
    return int(text)


def _value(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")  # noqa: TID251 - see the docstring of this file
    if path:
        return Path(path).read_text().strip()
    return os.environ.get(name, "")  # noqa: TID251 - see the docstring of this file
