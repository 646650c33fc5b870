"""Abuse 28 to 31: logins, token endpoints and certificates that are not what they should be.

Most of these are with the tests of each scheme, which carry the number too.
"""

import json
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest
import trustme
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import AuthorizationError, Credential
from services import secret_fields
from services.errors import Invalid
from tests.abuse.looking import assert_refused
from tests.abuse.memory import at_most
from tests.abuse.schemes import held
from tests.probes.auth.asking import check, conversation, request
from tests.probes.auth.token_endpoint import issuing
from tests.probes.conftest import Prober
from tests.servers import bombs, hostile
from tests.servers.certificates import Certificates
from tests.servers.raw import RawServer, Talk
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.usefixtures("no_secret_in_the_log")
FORM = "<form method=post action='/sent'><input name=user><input type=password name=word></form>"


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def login(site: ScriptedSite, **given: object) -> Credential:
    fields = {
        "login_url": f"{site.url}/login",
        "allow_plaintext": True,
        "form": None,
        "username_field": None,
        "password_field": None,
        "csrf_cookie": None,
        "csrf_header": None,
    }
    return held("form_login", **{**fields, **given})


@pytest.mark.parametrize("status", [200, 201, 204, 302, 303])
def test_abuse_28_no_status_makes_a_login_good(
    probe: Prober, site: ScriptedSite, status: int
) -> None:
    def answer(path: str) -> bytes | int:
        if path == "/login":
            return 200
        return (
            f"HTTP/1.1 {status} x\r\nLocation: /login?failed\r\nContent-Length: 0\r\n\r\n".encode()
        )

    site.body, site.answer = FORM.encode(), answer
    result = check(probe, f"{site.url}/inside", login(site))
    assert result.detail.startswith(f"The login was not accepted: {status} ")
    assert result.cause is Cause.AUTHORIZATION
    assert site.requests["/inside"] == 0


def test_abuse_28_a_login_by_status_alone_cannot_be_set() -> None:
    with pytest.raises(ValidationError, match="Give success_location or success_text"):
        held("form_login", success_location=None, success_text=None)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<form>" * 40_000, id="forms"),
        pytest.param("<" * 250_000, id="brackets"),
        pytest.param("<input type=hidden name=a value='" * 7_000, id="quotes"),
        pytest.param("<!--" * 60_000, id="comments"),
        pytest.param("<form><input type=hidden name=" + "a" * 250_000, id="name"),
        pytest.param("&" * 250_000, id="references"),
        pytest.param("<!DOCTYPE [" + "<!ENTITY a '&a;&a;'>" * 12_000, id="entities"),
    ],
)
def test_abuse_28_a_page_made_to_take_long_is_read_in_no_time(
    probe: Prober, site: ScriptedSite, page: str
) -> None:
    site.body = page.encode()
    started = time.monotonic()
    with at_most(60):
        result = check(probe, f"{site.url}/inside", login(site), timeout=20)
    # What takes quadratic time takes many minutes.
    assert time.monotonic() - started < 45
    many = page.count("<") > 20_000
    reason = "too many tags" if many else "no form with a password field"
    assert_refused(result, f"The login page has {reason}.")


@pytest.mark.parametrize("packed", [*bombs.PACKED, ""])
def test_abuse_28_and_29_a_bomb_of_a_login_or_token_endpoint_is_not_unpacked(
    probe: Prober, packed: str
) -> None:
    talk = bombs.packed(packed) if packed else bombs.body_of_one_gibibyte
    with RawServer(talk) as server, ScriptedSite() as watched, at_most(30):
        token = held("oauth2", token_url=server.url, allow_plaintext=True)
        first = check(probe, watched.url, token, timeout=10)
        second = check(
            probe,
            watched.url,
            held("form_login", login_url=server.url, allow_plaintext=True),
            timeout=10,
        )
        assert watched.count == 0
    assert_refused(first, "The token endpoint answered with more than 64 KiB.")
    assert_refused(second, "The login page is larger than 256 KiB.")


@pytest.mark.parametrize("scheme", ["oauth2", "azure", "gcp_service_account", "json_login"])
def test_abuse_29_a_token_with_a_line_break_is_used_by_no_scheme(scheme: str) -> None:
    for token in ("canary\r\nX-Evil: 1", "canary\n", "can ary", "\u0441anary", "", 7, None, ["t"]):
        with pytest.raises(
            AuthorizationError, match=r"without a token|does not fit into a header"
        ) as caught:
            conversation(held(scheme), request(), issuing(access_token=token))
        assert "canary" not in str(caught.value)


def certificate(issuer: trustme.CA) -> dict[str, str]:
    issued = issuer.issue_cert("client@shop.example")
    return {
        "certificate": issued.cert_chain_pems[0].bytes().decode(),
        "key": issued.private_key_pem.bytes().decode(),
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pkcs12": b64encode(b"canary").decode(), "password": "canary-password"}, "PKCS#12"),
        ({"certificate": "canary", "key": "canary"}, "not a private key in PEM"),
        (certificate(trustme.CA()) | {"key": certificate(trustme.CA())["key"]}, "does not match"),
        ({"password": "canary-password"}, "Give a certificate with its key"),
    ],
)
def test_abuse_30_a_certificate_that_cannot_work_is_refused_without_its_secrets(
    fields: dict[str, str], words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        secret_fields.read("client_certificate", fields)
    notified = json.dumps(caught.value.problems)
    assert words in notified
    assert "canary" not in notified
    assert "PRIVATE" not in notified


@pytest.mark.parametrize(
    "asked",
    [
        ("oauth2", "token_url", "The token endpoint"),
        ("form_login", "login_url", "The login page"),
        ("json_login", "login_url", "The login address"),
    ],
    ids=["oauth2", "form_login", "json_login"],
)
@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (hostile.hang_up, "did not answer. The connection was closed before the answer"),
        (hostile.silence, "did not answer. No complete answer within 1 s."),
        (hostile.saying(b"no HTTP\r\n"), "did not answer. The answer is not valid HTTP."),
        (
            hostile.saying(b"HTTP/1.1 503 canary\r\nContent-Length: 0\r\n\r\n"),
            "answered 503 Service Unavailable.",
        ),
    ],
    ids=["hangs up", "is silent", "speaks no http", "fails"],
)
def test_abuse_31_when_who_issues_the_session_is_down_the_cause_is_authorization(
    probe: Prober, site: ScriptedSite, asked: tuple[str, str, str], talk: Talk, words: str
) -> None:
    scheme, place, who = asked
    with RawServer(talk) as server:
        broken = held(scheme, **{place: server.url}, allow_plaintext=True)
        result = check(probe, site.url, broken, timeout=1)
        assert site.count == 0
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith(f"{who} {words}")
    assert "canary" not in repr(result)


def test_abuse_31_a_bad_certificate_of_a_token_endpoint_is_named(
    probe: Prober, site: ScriptedSite, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.expired()) as issuer:
        result = check(probe, site.url, held("oauth2", token_url=issuer.url))
        assert (site.count, issuer.count) == (0, 0)
    assert_refused(result, "The token endpoint did not answer. The certificate has expired.")
