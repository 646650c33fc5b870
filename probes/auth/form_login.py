"""The scheme `form_login`: submits a login form, and sends the cookies of that session.

Whether a login succeeded is judged by its redirect or by the text of the next page, never by the
status. Most sites answer a wrong password with 200.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Self
from urllib.parse import urlencode, urljoin

from pydantic import Field, StrictBool, StrictInt, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    settings_of,
)
from probes.auth.cookies import Cookies
from probes.auth.fields import HeaderName, Secret, Text, Word
from probes.auth.login_form import LARGEST_PAGE, Form, FormError, login_form
from probes.auth.request_bytes import with_header
from probes.auth.sessions import Session, lasting, within
from probes.auth.side_requests import Endpoint, asked, beside, phrase, posting, refuse_plaintext
from probes.auth.wrong_secrets import WrongSecretError
from probes.exchange import Request, Response
from probes.urls import Url, UrlError, parse_url

FORM = "application/x-www-form-urlencoded"
_PAGE, _LOGIN = "The login page", "The login"
_MOST_REQUESTS = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = frozenset({401, 403})


class FormLoginSettings(SchemeSettings):
    """A login form.

    By default the password field is detected, and the user name field is the text field before it.
    """

    login_url: Endpoint
    username: Text | None = Field(
        default=None, description="The user name. Some forms ask for a password only."
    )
    password: Secret
    form: Word | None = Field(default=None, description="The id or the name of the form.")
    username_field: Word | None = None
    password_field: Word | None = None
    success_location: Text | None = Field(
        default=None,
        description="The beginning of the path to which a successful login is redirected.",
    )
    success_text: Text | None = Field(
        default=None, description="A text on the page after a successful login."
    )
    csrf_cookie: Word | None = Field(
        default=None, description="The cookie whose value is also sent as `csrf_header`."
    )
    csrf_header: HeaderName | None = None
    session_seconds: StrictInt = Field(default=900, ge=60, le=1800)
    allow_plaintext: StrictBool = Field(
        default=False, description="Whether to send the password even to a `login_url` without TLS."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        refuse_plaintext(self.login_url, allowed=self.allow_plaintext)
        if not self.success_location and not self.success_text:
            raise ValueError(
                "Give success_location or success_text, which identify a successful login."
            )
        if bool(self.csrf_cookie) != bool(self.csrf_header):
            raise ValueError("Give csrf_cookie and csrf_header together.")
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, FormLoginSettings)

    def ask(cookies: Cookies) -> Exchange:
        header = cookies.added_to(request)
        asking = with_header(request, "Cookie", header) if header else request
        if request.method not in _SAFE:
            asking = _with_csrf(asking, settings, cookies)
        return send(asking)

    refused = partial(_leads_to_login, settings, request)
    return (yield from within(credential, _Login(settings, request).session, ask, refused))


def _leads_to_login(settings: FormLoginSettings, request: Request, response: Response) -> bool:
    """Return whether a site demands another login for a stored session."""
    if response.failure:
        return False
    here, there = response.location.partition("?")[0], settings.login_url.partition("?")[0]
    return response.status in _REFUSED or (here == there != request.url.text.partition("?")[0])


@dataclass(slots=True)
class _Login:
    settings: FormLoginSettings
    request: Request
    requests: int = 0

    def session(self) -> Generator[Request, Response, Session[Cookies]]:
        cookies = Cookies()
        page, answer = yield from self._page(cookies)
        form, action = self._form(page, answer)
        login = posting(self._beside(action), FORM, urlencode(self._filled(form)))
        login = with_header(login, "Referer", page.text)
        login = with_header(login, "Origin", page.text[: -len(_path(page))])
        login = _with_csrf(login, self.settings, cookies)
        answer = yield from self._ask(login, cookies, _LOGIN)
        yield from self._judge(action, answer, cookies)
        return lasting(cookies, self.settings.session_seconds)

    def _page(self, cookies: Cookies) -> Generator[Request, Response, tuple[Url, Response]]:
        url = parse_url(self.settings.login_url)
        answer = yield from self._ask(self._beside(url), cookies, _PAGE)
        if answer.status in _REDIRECTS and answer.location:
            url = _same_site(url, answer.location, _PAGE)
            answer = yield from self._ask(self._beside(url), cookies, _PAGE)
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise AuthorizationError(f"{_PAGE} answered {phrase(answer.status)}.")
        return url, answer

    def _form(self, page: Url, answer: Response) -> tuple[Form, Url]:
        if len(answer.body) > LARGEST_PAGE:
            raise AuthorizationError(f"{_PAGE} is larger than {LARGEST_PAGE // 1024} KiB.")
        try:
            form = login_form(answer.body.decode(errors="replace"), self.settings.form)
        except FormError as error:
            raise AuthorizationError(f"{_PAGE} {error}") from None
        return form, _same_site(page, _joined(page, form.action), "The form of the login page")

    def _filled(self, form: Form) -> dict[str, str]:
        password = self.settings.password_field or form.password_field
        filled = {**form.fields, password: self.settings.password.get_secret_value()}
        username = self.settings.username_field or form.username_field
        if self.settings.username is not None:
            filled[username] = self.settings.username
        if "" in filled:
            raise AuthorizationError(
                f"{_PAGE} has a form without a field for the user name or the password: name them."
            )
        return filled

    def _judge(
        self, action: Url, answer: Response, cookies: Cookies
    ) -> Generator[Request, Response, None]:
        wanted, text = self.settings.success_location, self.settings.success_text
        leads_on = answer.status in _REDIRECTS and bool(answer.location)
        if wanted and not (leads_on and _begins(action, answer.location, wanted)):
            raise WrongSecretError(f"The login was not accepted: {phrase(answer.status)}.")
        if not text:
            return
        if leads_on:
            url = _same_site(action, answer.location, _LOGIN)
            answer = yield from self._ask(self._beside(url), cookies, _LOGIN)
        if text not in answer.body.decode(errors="replace"):
            raise WrongSecretError(
                "The login was not accepted: the page after it lacks the expected text."
            )

    def _beside(self, url: Url) -> Request:
        return replace(beside(self.request, url.text), keep_headers=True)

    def _ask(
        self, request: Request, cookies: Cookies, who: str
    ) -> Generator[Request, Response, Response]:
        self.requests += 1
        if self.requests > _MOST_REQUESTS:
            raise AuthorizationError(f"The login takes more than {_MOST_REQUESTS} requests.")
        if header := cookies.header(request.url):
            request = with_header(request, "Cookie", header)
        response = yield from asked(request, who)
        cookies.take(request.url, response.headers)
        return response


def _with_csrf(request: Request, settings: FormLoginSettings, cookies: Cookies) -> Request:
    if not settings.csrf_cookie or not settings.csrf_header:
        return request
    value = cookies.value(settings.csrf_cookie)
    if value is None:
        raise AuthorizationError("The login page does not set the cookie of csrf_cookie.")
    return with_header(request, settings.csrf_header, value)


def _joined(page: Url, action: str) -> str:
    try:
        return urljoin(page.text, action.strip())
    except ValueError:
        return ""


def _same_site(page: Url, address: str, who: str) -> Url:
    """Return the URL at which the login continues, which has to be on the same origin."""
    try:
        url = parse_url(address)
    except UrlError:
        raise AuthorizationError(f"{who} leads to an address that cannot be requested.") from None
    if url.origin != page.origin:
        raise AuthorizationError(f"{who} leads to another site, which must not get the password.")
    return url


def _begins(action: Url, location: str, wanted: str) -> bool:
    try:
        url = parse_url(location)
    except UrlError:
        return False
    return url.text.startswith(wanted) or (
        url.origin == action.origin and _path(url).startswith(wanted)
    )


def _path(url: Url) -> str:
    return "/" + url.text.split("/", 3)[3]
