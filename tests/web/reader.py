"""A reader without scripts: sees pages, fills in forms, presses buttons and keeps cookies."""

from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, Self

from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Membership, Organization, User
from models.session import act_for, database_now
from server.identity import browser_login
from services.accounts.accounts import Registered
from tests.api.client import PASSWORD, ApiClient
from web.identity import session_cookie

_OWN = {"Sec-Fetch-Site": "same-origin"}


class Seen:
    """A page as it was answered."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.path = response.request.full_path.rstrip("?")

    @cached_property
    def html(self) -> BeautifulSoup:
        # Most pages are only passed on the way to another one.
        return BeautifulSoup(self.response.text, "html.parser")

    @property
    def text(self) -> str:
        """All words of the page, with single spaces between them."""
        return " ".join(self.html.get_text(" ").split())

    @property
    def title(self) -> str:
        found = self.html.find("h1")
        assert found is not None, self.text
        return " ".join(found.get_text(" ").split())

    @property
    def errors(self) -> list[str]:
        """What the summary of a refused form says."""
        return [" ".join(each.get_text(" ").split()) for each in self.html.select(".errors li")]

    def select(self, selector: str) -> list[Tag]:
        return list(self.html.select(selector))

    def one(self, selector: str) -> Tag:
        found = self.html.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector} in: {self.text}"
        return found[0]

    def link(self, words: str) -> str:
        """Return the address of the link with these words."""
        found = [each for each in self.html.find_all("a") if words in each.get_text(" ")]
        assert found, f"no link {words!r} in: {self.text}"
        return str(found[0]["href"])

    def form(self, action: str) -> dict[str, list[str]]:
        """Return what a browser would send of a form as it is."""
        forms = [each for each in self.html.find_all("form") if each.get("action") == action]
        assert forms, f"no form {action!r} in: {self.text}"
        return _fields(forms[0])


class Reader:
    """Paths are those of the pages. Redirects are followed, as browsers do."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._client = app.test_client()
        self.api = ApiClient(app)
        """The same user's access to the API, for what a test needs and does not test."""

    def register(self, email: str = "ada@example.test") -> Self:
        """Come in as the owner of a new organization, logged in here and in the API."""
        self.api.register(email)
        with (
            self.app.test_request_context(),
            self.app.extensions["downtime"].transaction() as session,
        ):
            found = select(User, Organization).join(Membership, Membership.user_id == User.id)
            owner = session.execute(
                found.join(Organization, Organization.id == Membership.organization_id)
                .where(User.email == email)
                .order_by(Membership.id.desc())
                .limit(1)
            ).one()
            act_for(session, owner[1].id)
            login = browser_login.begin(session, Registered(*owner), database_now(session))
            response = self.app.response_class()
            session_cookie.give(response, login)
        for header in response.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(header).items():
                self._client.set_cookie(name, cookie.value, secure=bool(cookie["secure"]))
        return self

    def log_in(self, email: str = "ada@example.test", password: str = PASSWORD) -> Self:
        seen = self.post("/login", email=email, password=password)
        assert seen.status in {200, 404}, seen.text
        return self

    def get(self, path: str, **query: object) -> Seen:
        return Seen(self._client.get(path, query_string=query or None, follow_redirects=True))

    def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: Any) -> Seen:  # noqa: ANN401
        """Send a form from one of our own pages."""
        response = self.send(path, headers=_OWN if headers is None else headers, **fields)
        if response.status_code == 303:
            return self.get(response.headers["Location"])
        return Seen(response)

    def send(self, path: str, *, headers: dict[str, str], **fields: Any) -> TestResponse:  # noqa: ANN401
        """Send a form as it is, and follow nothing."""
        return self._client.post(path, data=fields, headers={"Accept": "text/html", **headers})

    def send_get(self, path: str) -> TestResponse:
        """Ask for a page, and follow nothing."""
        return self._client.get(path, headers={"Accept": "text/html"})

    def ask(self, path: str, tag: str = "") -> TestResponse:
        """Ask for a page as a script does that has the page of a tag."""
        headers = {"If-None-Match": tag} if tag else {}
        return self._client.get(path, headers={"Accept": "text/html", **headers})

    def fill(self, page: Seen, action: str, *, path: str = "", **fields: Any) -> Seen:  # noqa: ANN401
        """Send a form of a page with some fields changed. `path` is that of a form without one."""
        return self.post(action or path, **{**page.form(action), **fields})

    def cookie(self, name: str) -> str | None:
        found = self._client.get_cookie(name)
        return None if found is None else found.value

    def speak(self, locale: str) -> None:
        """Read the pages in a language from now on."""
        self._client.set_cookie("locale", locale)

    def forget(self) -> None:
        """Close the browser such that all cookies are gone."""
        self._client = self.app.test_client()


def _fields(form: Tag) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for field in form.find_all(["input", "select", "textarea"]):
        name, kind = str(field.get("name", "")), str(field.get("type", ""))
        if not name or kind in {"submit", "button", "image"}:
            continue
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        sent.setdefault(name, []).extend(_values(field))
    return sent


def _values(field: Tag) -> list[str]:
    if field.name == "textarea":
        return [field.get_text().removeprefix("\n")]
    if field.name == "select":
        options = field.find_all("option")
        chosen = [each for each in options if each.has_attr("selected")]
        if not chosen and not field.has_attr("multiple"):
            chosen = options[:1]
        return [str(each.get("value", each.get_text())) for each in chosen]
    return [str(field.get("value", "on" if field.get("type") == "checkbox" else ""))]
