"""Logins by a form, against Django's admin, and against pages that are not what they seem."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from probes.base import ProbeResult
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.servers.django_admin import PASSWORD, USER, django_admin
from tests.servers.site import ScriptedSite

FORM = '<form method=post action="{}"><input name=user><input type=password name=word></form>'


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with django_admin(tmp_path_factory.mktemp("django")) as url:
        yield url


def login(url: str, **given: object) -> Credential:
    fields: dict[str, object] = {
        "login_url": url,
        "username": USER,
        "password": PASSWORD,
        "success_location": "/",
        "allow_plaintext": True,
    }
    return credential("form_login", {**fields, **given})


def admin_login(admin: str, **given: object) -> Credential:
    return login(f"{admin}/admin/login/?next=/admin/", success_location="/admin/", **given)


def see(probe: Prober, admin: str, held: Credential) -> ProbeResult:
    return check(
        probe, f"{admin}/admin/", held, follow_redirects=False, keyword="Site administration"
    )


def test_a_page_behind_a_login_is_seen(probe: Prober, admin: str) -> None:
    assert probe(f"{admin}/admin/", follow_redirects=False).http_status == 302
    assert see(probe, admin, admin_login(admin)).outcome is Outcome.UP


def test_a_session_serves_many_checks_and_is_renewed_when_it_is_gone(
    probe: Prober, admin: str
) -> None:
    from django.contrib.sessions.models import Session  # type: ignore[import-untyped] # it has no types  # noqa: PLC0415 - after the set-up

    held = admin_login(admin)
    see(probe, admin, held)
    before = {each.session_key for each in Session.objects.all()}
    assert see(probe, admin, held).outcome is Outcome.UP
    assert {each.session_key for each in Session.objects.all()} == before
    Session.objects.all().delete()
    assert see(probe, admin, held).outcome is Outcome.UP
    assert Session.objects.count() == 1


def test_a_form_may_ask_for_a_password_only(probe: Prober) -> None:
    with ScriptedSite() as site:
        site.body = b"<form method=post action='/in'><input type=password name=word></form>"
        held = login(site.url, username=None, success_location=None, success_text="word")
        assert check(probe, site.url, held).outcome is Outcome.UP
        posted = [each for each in site.received if each.startswith(b"POST /in ")]
        named = login(site.url, success_location=None, success_text="word")
        refused = check(probe, site.url, named)
    assert posted[0].endswith(f"\r\n\r\nword={quote_plus(PASSWORD)}".encode())
    assert refused.detail == (
        "The login page has a form without a field for the user name or the password: name them."
    )


def test_the_page_after_the_login_may_tell(probe: Prober, admin: str) -> None:
    good = admin_login(admin, success_text="Site administration")
    assert see(probe, admin, good).outcome is Outcome.UP
    other = admin_login(admin, success_text="Something else")
    assert see(probe, admin, other).detail == (
        "The login was not accepted: the page after it lacks the expected text."
    )


@pytest.mark.abuse(28)
def test_a_wrong_password_is_told_though_the_site_answers_200(probe: Prober, admin: str) -> None:
    result = see(probe, admin, admin_login(admin, password="wrong"))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The login was not accepted: 200 OK."


def test_fields_that_are_named_are_filled(probe: Prober, admin: str) -> None:
    named = admin_login(
        admin, form="login-form", username_field="username", password_field="password"
    )
    assert see(probe, admin, named).outcome is Outcome.UP
    nothing = admin_login(admin, form="other")
    assert see(probe, admin, nothing).detail == (
        "The login page has no form of the given id or name."
    )


class Page:
    """A site with one page for everything, and what it was asked."""

    def __init__(self, site: ScriptedSite, probe: Prober) -> None:
        self.site = site
        self.probe = probe

    def says(self, page: str, **given: object) -> ProbeResult:
        self.site.body = page.encode()
        return check(
            self.probe, f"{self.site.url}/inside", login(f"{self.site.url}/login", **given)
        )


@pytest.fixture
def page(probe: Prober) -> Iterator[Page]:
    with ScriptedSite() as site:
        yield Page(site, probe)


@pytest.mark.abuse(28)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Welcome", "The login page has no form with a password field."),
        ("<form><input name=q></form>", "The login page has no form with a password field."),
        ("<!-- " + FORM + " -->", "The login page has no form with a password field."),
        ("<script>" + FORM, "The login page has no form with a password field."),
        (
            FORM.format("https://evil.example/"),
            "The form of the login page leads to another site, which must not get the password.",
        ),
        (
            FORM.format("//evil.example/"),
            "The form of the login page leads to another site, which must not get the password.",
        ),
        (
            FORM.format("javascript:alert(1)"),
            "The form of the login page leads to an address that cannot be requested.",
        ),
        (
            FORM.format("http://[/"),
            "The form of the login page leads to an address that cannot be requested.",
        ),
        (
            "<form><input type=password name=p></form>",
            (
                "The login page has a form without a field for the user name or the password: "
                "name them."
            ),
        ),
        (
            "<form><input type=hidden name=a></form>" + FORM.format("/"),
            "The login was not accepted: 200 OK.",
        ),
        pytest.param("x" * 300_000, "The login page is larger than 256 KiB.", id="large"),
    ],
)
def test_a_page_that_is_no_login_is_told(page: Page, text: str, words: str) -> None:
    result = page.says(text)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == words
    assert page.site.requests["/inside"] == 0


@pytest.mark.abuse(28)
@pytest.mark.parametrize("size", [101, 20_000])
def test_a_form_of_countless_fields_is_not_sent(page: Page, size: int) -> None:
    fields = "".join(f"<input type=hidden name=a{number}>" for number in range(size))
    result = page.says(f"<form>{fields}"[:250_000] + FORM.format("/").removeprefix("<form"))
    assert result.cause is Cause.AUTHORIZATION
    assert page.site.count == 1


@pytest.mark.abuse(28)
def test_fields_with_values_too_large_are_not_sent(page: Page) -> None:
    field = f"<input type=hidden name=a value={'v' * 70_000}>"
    result = page.says(FORM.format("/").replace("</form>", f"{field}</form>"))
    assert result.detail == "The login page has a form with too many fields."


def test_a_login_page_that_fails_is_told(page: Page) -> None:
    page.site.answer = 503
    assert page.says("").detail == "The login page answered 503 Service Unavailable."


def answering(site: ScriptedSite, cookie: str = "", *, to: str = "/home") -> None:
    """Send a form; redirect who sends it, and let in who comes with the cookie."""
    form = FORM.format("/send").encode()

    def answer(path: str) -> bytes | int:
        if path == "/login":
            set_cookie = f"Set-Cookie: {cookie}\r\n" if cookie else ""
            head = f"HTTP/1.1 200 OK\r\n{set_cookie}Content-Length: {len(form)}\r\n\r\n"
            return head.encode() + form
        if path == "/send":
            return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n".encode()
        return 200

    site.answer = answer


def test_a_cookie_is_sent_as_the_header_that_the_site_wants(page: Page) -> None:
    answering(page.site, "xsrf=token-1; Path=/")
    result = page.says("", success_location="/home", csrf_cookie="xsrf", csrf_header="X-Xsrf")
    assert result.outcome is Outcome.UP, result.detail
    sent, inside = page.site.received[1], page.site.received[2]
    assert b"\r\nX-Xsrf: token-1\r\n" in sent
    assert b"\r\nCookie: xsrf=token-1\r\n" in inside
    assert b"X-Xsrf" not in inside


def test_a_cookie_that_is_not_set_is_told(page: Page) -> None:
    answering(page.site)
    result = page.says("", csrf_cookie="xsrf", csrf_header="X-Xsrf")
    assert result.detail == "The login page does not set the cookie of csrf_cookie."


@pytest.mark.parametrize(
    "cookie", ["a=b; Domain=evil.example", "a=b; Path=/elsewhere", "a=\x01b", "a=b; Secure"]
)
def test_cookies_of_other_places_and_odd_ones_are_not_sent(page: Page, cookie: str) -> None:
    answering(page.site, cookie)
    assert page.says("", success_location="/home").outcome is Outcome.UP
    assert b"cookie:" not in page.site.received[-1].lower()


@pytest.mark.parametrize("to", ["/sign-in?failed", "http://evil.example/home", "http://[/home"])
def test_a_login_that_leads_elsewhere_is_not_accepted(page: Page, to: str) -> None:
    answering(page.site, to=to)
    result = page.says("", success_location="/home")
    assert result.detail == "The login was not accepted: 302 Found."


@pytest.mark.abuse(23)
def test_cookies_of_a_login_stay_with_their_credential(page: Page, probe: Prober) -> None:
    answering(page.site, "mine=1")
    page.says("", success_location="/home")
    check(probe, f"{page.site.url}/other")
    assert b"cookie:" not in page.site.received[-1].lower()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"success_location": None}, "Give success_location or success_text"),
        ({"login_url": "http://a.example/", "allow_plaintext": False}, "plain http"),
        ({"csrf_cookie": "a"}, "together"),
        ({"csrf_header": "Host", "csrf_cookie": "a"}, "set by the probe itself"),
        ({"csrf_header": "X:\r\n", "csrf_cookie": "a"}, "letters, digits and hyphens"),
        ({"session_seconds": 7200}, "less than or equal to 1800"),
    ],
)
def test_what_cannot_work_is_refused_in_words(given: dict[str, Any], words: str) -> None:
    fields = login("http://site.example/login").settings.model_dump(exclude_none=True)
    with pytest.raises(ValidationError, match=words) as caught:
        SCHEMES["form_login"].settings.model_validate({**fields, **given})
    assert PASSWORD not in str(caught.value)
