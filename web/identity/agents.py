"""The program of a session, in words: `Firefox on Linux`."""

from domain.login.history import BROWSERS
from web.translations import gettext as _

# The first that is found counts: each of them also claims to be those below it.
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def named(agent: str) -> str:
    """Return the browser and the system of a user agent, or its first word if it names none."""
    browser = _first(BROWSERS, agent)
    system = _first(_SYSTEMS, agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or (agent.split() or [_("unknown program")])[0]


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for token, name in names if token in agent), "")
