"""The cookies of one login or check (RFC 6265), by the rules of the standard library's jar."""

import re
from collections.abc import Iterable
from email.message import Message
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import Request as Asked

from probes.exchange import Request
from probes.urls import Url

_MOST = 50
_LONGEST = 4096
_SENDABLE = re.compile(r"[\x21-\x7e]*(?: [\x21-\x7e]+)*")


class Cookies:
    """A cookie goes back to the host that set it, or its domain; a `Secure` one only over TLS."""

    def __init__(self) -> None:
        self._jar = CookieJar(DefaultCookiePolicy())

    def take(self, url: Url, headers: Iterable[tuple[str, str]]) -> None:
        """Store the cookies that the headers of an answer set, within bounds."""
        lines = [value for name, value in headers if name.lower() == "set-cookie"]
        fitting = [each for each in lines if len(each) <= _LONGEST and _SENDABLE.fullmatch(each)]
        asked = Asked(url.text)  # noqa: S310 - never opened: the jar reads the address of it
        self._jar.extract_cookies(_Answer(fitting[:_MOST]), asked)  # type: ignore[arg-type] # it needs `info` only
        for cookie in list(self._jar)[_MOST:]:
            self._jar.clear(cookie.domain, cookie.path, cookie.name)

    def header(self, url: Url) -> str:
        """Return the value of `Cookie` for this URL, or an empty text."""
        asked = Asked(url.text)  # noqa: S310 - never opened: the jar reads the address of it
        self._jar.add_cookie_header(asked)
        return asked.get_header("Cookie") or ""

    def value(self, name: str) -> str | None:
        return next((each.value for each in self._jar if each.name == name), None)

    def added_to(self, request: Request) -> str:
        """Return the value of `Cookie` with the cookies that the request already has."""
        own = [value for name, value in request.headers if name.lower() == "cookie"]
        return "; ".join(each for each in [*own, self.header(request.url)] if each)


class _Answer:
    """The part of a `urllib` answer that a jar reads."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._message = Message()
        for line in lines:
            self._message["Set-Cookie"] = line

    def info(self) -> Message:
        return self._message
