"""NTLM, against Apache with gss-ntlmssp, and against challenges that were made up."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import AuthorizationError, Credential
from probes.auth.registry import SCHEMES
from probes.exchange import Response
from tests.probes.auth.asking import REFUSED, check, conversation, credential, header, request
from tests.probes.conftest import Prober
from tests.servers.certificates import Certificates
from tests.servers.ntlm_site import DOMAIN, PASSWORD, USER, ntlm_site
from tests.servers.site import ScriptedSite


@pytest.fixture(scope="module")
def site(certificates: Certificates) -> Iterator[str]:
    with ntlm_site(certificates) as url:
        yield f"{url}/index.html"


CHALLENGE = (
    b"NTLMSSP\0\2\0\0\0\0\0\0\0\x38\0\0\0\x05\x82\x89\xa2" + b"12345678" + bytes(8)
    + b"\x04\0\x04\0\x38\0\0\0" + b"\x0a\0\x61\x4a\0\0\0\x0f" + bytes(4)
)  # fmt: skip


def challenged(_asked: object) -> Response:
    offers = (f"NTLM {b64encode(CHALLENGE).decode()}", "Basic realm=x")
    return Response(status=401, headers=tuple(("WWW-Authenticate", each) for each in offers))


def held(**given: str) -> Credential:
    return credential("ntlm", {"username": USER, "password": PASSWORD, "domain": DOMAIN, **given})


def test_a_user_of_a_domain_is_let_in(probe: Prober, site: str) -> None:
    assert probe(site).http_status == 401
    result = check(probe, site, held(), keyword="inside")
    assert result.outcome is Outcome.UP, result.detail
    assert check(probe, site, held(), http_version="2").outcome is Outcome.UP


def test_a_wrong_password_is_refused(probe: Prober, site: str) -> None:
    result = check(probe, site, held(password="wrong"))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == REFUSED


def test_a_refused_password_is_not_tried_by_the_next_checks(probe: Prober, site: str) -> None:
    wrong = held(password="wrong")
    for _ in range(2):
        assert check(probe, site, wrong).detail == REFUSED
    result = check(probe, site, wrong)
    assert (result.cause, result.detail) == (Cause.AUTHORIZATION, REFUSED)
    assert check(probe, site, held()).outcome is Outcome.UP


def test_a_site_that_is_expected_to_refuse_stays_up(probe: Prober, site: str) -> None:
    wrong = held(password="wrong")
    for _ in range(3):
        assert check(probe, site, wrong, expected_status=[401]).outcome is Outcome.UP


def test_after_two_refusals_each_check_asks_without_the_password() -> None:
    wrong, first = held(), request("https://site.example/")
    for _ in range(2):
        asked, last = conversation(wrong, first, challenged)
        assert (len(asked), last.status) == (2, 401)
    asked, last = conversation(wrong, first, challenged)
    assert (len(asked), last.status) == (1, 401)
    # Another site may know the user.
    asked, _ = conversation(wrong, request("https://other.example/"), challenged)
    assert len(asked) == 2


@pytest.mark.abuse(23)
def test_no_other_check_is_let_in_by_the_same_connection(probe: Prober, site: str) -> None:
    assert check(probe, site, held()).outcome is Outcome.UP
    assert probe(site).http_status == 401
    assert check(probe, site, held(username="nobody")).cause is Cause.AUTHORIZATION


@pytest.mark.abuse(27)
def test_two_messages_go_over_one_connection_of_http1_and_the_body_with_the_last() -> None:
    first = request("https://site.example/", method="POST", body=b"data")
    asked, last = conversation(held(), first, challenged)
    assert last.status == 401
    assert [each.body for each in asked] == [b"", b"data"]
    assert {each.http_version for each in asked} == {"1.1"}
    assert asked[0].connection is asked[1].connection is not None
    assert all(header(each, "Authorization").startswith("NTLM TlRMTVNTUAAD"[:12]) for each in asked)
    assert asked[0].connection is not conversation(held(), first, challenged)[0][0].connection


@pytest.mark.parametrize(
    ("offers", "words"),
    [
        ([], "The site does not offer NTLM."),
        (["Basic realm=x"], "The site does not offer NTLM."),
        (["NTLM"], "malformed NTLM challenge"),
        (["NTLM ?"], "malformed NTLM challenge"),
        (["NTLM " + "A" * 9000], "malformed NTLM challenge"),
        (["NTLM " + "A" * 8], "malformed NTLM challenge"),
        (["NTLM " + b64encode(b"NTLMSSP\0\2\0\0\0").decode()], "malformed NTLM challenge"),
        (
            ["NTLM " + b64encode(b"NTLMSSP\0\1\0\0\0" + bytes(60)).decode()],
            "malformed NTLM challenge",
        ),
    ],
)
def test_a_challenge_that_is_none_is_told(offers: list[str], words: str) -> None:
    answer = Response(status=401, headers=tuple(("WWW-Authenticate", each) for each in offers))
    with pytest.raises(AuthorizationError, match=words):
        conversation(held(), request(), lambda _: answer)


@pytest.mark.abuse(26)
def test_a_site_that_asks_for_a_password_in_clear_does_not_get_it(probe: Prober) -> None:
    with ScriptedSite() as site:
        site.answer = (
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n"
            b"Content-Length: 0\r\n\r\n"
        )
        result = check(probe, site.url, held())
        assert site.count == 1
    assert (result.outcome, result.detail) == (Outcome.DOWN, "The site does not offer NTLM.")


def test_a_site_that_lets_everybody_in_is_up(probe: Prober) -> None:
    with ScriptedSite() as site:
        assert check(probe, site.url, held()).outcome is Outcome.UP


@pytest.mark.parametrize("given", [{"username": ""}, {"username": "a\nb"}, {"domain": "a\0b"}])
def test_control_characters_are_refused(given: dict[str, str]) -> None:
    fields = {"username": USER, "password": PASSWORD, **given}
    with pytest.raises(ValidationError) as caught:
        SCHEMES["ntlm"].settings.model_validate(fields)
    assert PASSWORD not in str(caught.value)
