"""Token endpoints that are not what they should be, and what a site does with their tokens."""

import json
import ssl
from typing import Any

import pytest
import trustme

from domain.evaluation.outcome import Cause, Outcome
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import authorized, check, credential
from tests.probes.conftest import Prober, target
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

SECRET = "canary-secret-of-the-client"
Fields = dict[str, Any]


def fields(**given: object) -> Fields:
    return {"client_id": "c", "client_secret": SECRET, "allow_plaintext": True, **given}


def test_a_site_that_refuses_new_tokens_too_is_not_asked_for_ever(probe: Prober) -> None:
    answer = json.dumps({"access_token": "t", "expires_in": 3600}).encode()
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.body, site.answer = answer, 401
        held = credential("oauth2", fields(token_url=f"{issuer.url}/token"))
        for number in (1, 2):
            result = check(probe, site.url, held)
            assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
            assert issuer.count == number
        assert site.count == 3


def test_raw_basic_is_for_servers_that_want_it(probe: Prober) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.body = b'{"access_token": "t"}'
        for encoding in ("rfc6749", "raw"):
            held = credential(
                "oauth2", fields(token_url=issuer.url, client_secret="a+b", basic_encoding=encoding)
            )
            assert check(probe, site.url, held).outcome is Outcome.UP
        first, second = issuer.received
    assert b"Authorization: Basic YzphJTJCYg==\r\n" in first
    assert b"Authorization: Basic YzphK2I=\r\n" in second


@pytest.mark.abuse(29)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"<html>Sign in</html>", "did not answer with a JSON object."),
        pytest.param(b"[" * 60_000, "did not answer with a JSON object.", id="deep"),
        (b'"token"', "did not answer with a JSON object."),
        (b"{}", "answered without a token."),
        (b'{"access_token": 7}', "answered without a token."),
        (
            b'{"access_token": "a\\nX-Evil: 1"}',
            "answered with a token that does not fit into a header.",
        ),
        (b'{"access_token": "a b"}', "answered with a token that does not fit into a header."),
        (b'{"access_token": "t", "token_type": "mac"}', "a token that is not a bearer token."),
        pytest.param(
            b'{"access_token": "' + b"t" * 70_000 + b'"}', "with more than 64 KiB.", id="large"
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_told_and_not_used(
    probe: Prober, answer: bytes, words: str
) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.body = answer
        result = check(probe, site.url, credential("oauth2", fields(token_url=issuer.url)))
        assert site.count == 0
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.endswith(words)
    assert result.detail.startswith("The token endpoint ")


@pytest.mark.parametrize("seconds", ["-5", '"x"', "null", "1e999", '"3600"', "true", "0", "1"])
def test_an_odd_lifetime_does_no_harm(probe: Prober, seconds: str) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.body = f'{{"access_token": "t", "expires_in": {seconds}}}'.encode()
        held = credential("oauth2", fields(token_url=issuer.url))
        assert check(probe, site.url, held).outcome is Outcome.UP
        assert check(probe, site.url, held).outcome is Outcome.UP


@pytest.mark.abuse(29)
def test_an_answer_without_end_is_broken_off(probe: Prober) -> None:
    with RawServer(hostile.endless_body) as issuer, ScriptedSite() as site:
        result = check(probe, site.url, credential("oauth2", fields(token_url=issuer.url)))
        assert site.count == 0
    assert result.detail == "The token endpoint answered with more than 64 KiB."


@pytest.mark.abuse(31)
def test_an_issuer_that_is_down_is_not_the_site(probe: Prober, nobody: str) -> None:
    with ScriptedSite() as site:
        result = check(probe, site.url, credential("oauth2", fields(token_url=nobody)))
        assert site.count == 0
    port = nobody.rpartition(":")[2]
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == (
        f"The token endpoint did not answer. Connection refused on port {port}."
    )


@pytest.mark.abuse(31)
def test_an_issuer_that_hangs_ends_with_the_check(probe: Prober) -> None:
    with RawServer(hostile.silence) as issuer, ScriptedSite() as site:
        held = credential("oauth2", fields(token_url=issuer.url))
        url = f"{site.url}/"
        result = probe.check(
            authorized(target(url, timeout=1, allow_plaintext_credentials=True), held)
        )
    assert result.cause is Cause.AUTHORIZATION
    assert result.detail == "The token endpoint did not answer. No complete answer within 1 s."


@pytest.mark.parametrize("status", [302, 404, 500, 599])
def test_any_other_status_is_told_and_not_followed(probe: Prober, status: int) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.answer = status
        result = check(probe, site.url, credential("oauth2", fields(token_url=issuer.url)))
    assert result.detail.startswith(f"The token endpoint answered {status}")


@pytest.mark.abuse(13)
def test_invariant_1_a_token_endpoint_in_private_space_is_blocked_and_not_down() -> None:
    names = ScriptedNames(inside_test=["127.0.0.1"], site_test=["192.0.2.1"])
    held = credential("oauth2", fields(token_url="https://inside.test/token"))
    with asking(names, EgressPolicy("public")) as probe:
        result = check(probe, "https://site.test/", held)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert names.asked == ["inside.test"]
    assert "127.0.0.1" not in result.detail


def test_a_client_certificate_proves_the_client_only_when_that_is_asked_for(
    probe: Prober, certificates: Certificates
) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("client@site.example")
    client = credential(
        "client_certificate",
        {
            "certificate": issued.cert_chain_pems[0].bytes().decode(),
            "key": issued.private_key_pem.bytes().decode(),
        },
    )
    context = certificates.valid()
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with ScriptedSite(tls=context) as issuer, ScriptedSite() as site:
        issuer.body = b'{"access_token": "t"}'
        tls = fields(token_url=issuer.url, client_authentication="tls")
        post = fields(token_url=issuer.url, client_authentication="post")
        # The certificate may be attached after what needs it.
        result = check(probe, site.url, credential("oauth2", tls), client)
        assert result.outcome is Outcome.UP, result.detail
        assert b"client_id=c" in issuer.received[-1]
        alone = check(probe, site.url, credential("oauth2", tls))
        kept = check(probe, site.url, credential("oauth2", post), client)
        assert issuer.count == 1
    assert alone.detail == (
        "The client authentication tls needs a client certificate: attach one to the monitor."
    )
    assert kept.detail.startswith("The token endpoint did not answer.")
