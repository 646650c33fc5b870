"""The cookies of a login.

With TLS their names begin with `__Host-`: a browser takes such a cookie only from this very host,
and never sends it without encryption.
"""

from datetime import timedelta
from secrets import token_urlsafe

from flask import Response, request

from server.identity.browser_login import BrowserLogin
from server.identity.principal import SessionCookie
from server.resources import resources
from services.accounts import browser_sessions
from services.errors import Unauthenticated

_SESSION, _DEVICE, _BROWSER, _SSO = "session", "device", "browser", "sso"
_SSO_LASTS = timedelta(minutes=10)
_BROWSER_IS_KNOWN_FOR = timedelta(days=400)
"""Browsers keep no cookie for longer."""
_LONGEST = 100


def presented() -> SessionCookie:
    """Return the session cookie of this request, or raise `Unauthenticated`."""
    text = value()
    if not text:
        raise Unauthenticated("Log in to see this page.")
    return SessionCookie(text)


def value() -> str:
    """Return the value of the session cookie, or an empty text."""
    return _read(_SESSION)


def device() -> str | None:
    """Return the token of a device that logged in before, if there is one."""
    return _read(_DEVICE) or None


def browser() -> str:
    """Return the random name of this browser in the history of logins, a new one if it has none."""
    return _read(_BROWSER) or token_urlsafe(16)


def know_browser(response: Response, name: str) -> None:
    """Let the browser keep its name, by which a later login is known to be from the same one."""
    _set(response, _BROWSER, name, _BROWSER_IS_KNOWN_FOR)


def keep_sso(response: Response, secret: str) -> None:
    """Let the browser keep the secret of a login that it began at an identity provider."""
    _set(response, _SSO, secret, _SSO_LASTS)


def sso() -> str:
    """Return the secret of the login that this browser began, or an empty text."""
    return _read(_SSO)


def forget_sso(response: Response) -> None:
    response.delete_cookie(_name(_SSO), secure=_is_secure(), httponly=True, samesite="Lax")


def give(response: Response, login: BrowserLogin) -> None:
    """Let the browser keep a session."""
    _set(response, _SESSION, login.session)
    _set(response, _DEVICE, login.device)


def take_back(response: Response) -> None:
    """Let the browser forget the session. The device stays known."""
    response.delete_cookie(_name(_SESSION), secure=_is_secure(), httponly=True, samesite="Lax")


def _read(kind: str) -> str:
    text = request.cookies.get(_name(kind), "")
    return text if len(text) <= _LONGEST and text.isascii() else ""


def _set(
    response: Response,
    kind: str,
    text: str,
    max_age: timedelta = browser_sessions.LIFETIME.total,
) -> None:
    response.set_cookie(
        _name(kind),
        text,
        max_age=max_age,
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _name(kind: str) -> str:
    return f"__Host-{kind}" if _is_secure() else kind


def _is_secure() -> bool:
    return resources().settings.public_url.startswith("https://")
