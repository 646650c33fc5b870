"""How a reader wants to see the pages: the language, the time zone and the colours.

They are cookies, so they hold for this browser, and also before a login.
"""

from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import g, request

LOCALES = {"en": "English", "de": "Deutsch"}
THEMES = ("system", "light", "dark")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
PSEUDO = frozenset({"qps", "ar-XB"})
"""Languages for tests: every translated text is marked, and longer than in English.

The second one runs from right to left.
"""


@dataclass(frozen=True, slots=True)
class Preferences:
    locale: str
    zone_name: str
    theme: str
    shortcuts: bool

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.zone_name)

    @property
    def direction(self) -> str:
        return "rtl" if self.locale.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def current() -> Preferences:
    """Return the preferences of the reader of this request."""
    found: Preferences | None = g.get("preferences")
    if found is None:
        found = g.preferences = Preferences(
            _locale(), _zone_name(), _theme(), request.cookies.get("shortcuts") != "off"
        )
    return found


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones that this machine knows."""
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    return name in zones()


def _locale() -> str:
    chosen = request.cookies.get("locale", "")
    if chosen in LOCALES or chosen in PSEUDO:
        return chosen
    return request.accept_languages.best_match(LOCALES) or "en"


def _zone_name() -> str:
    named = request.cookies.get("zone", "")
    return named if is_zone(named) else "UTC"


def _theme() -> str:
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]
