"""One check on its own: the whole conversation, as much of it as anybody may see."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.evaluation.outcome import Outcome
from probes.auth.registry import SCHEMES
from probes.base import Target
from probes.engine.one_off_check import as_json, check_once
from probes.kinds.http_settings import HttpSettings
from probes.kinds.tcp import TcpSettings
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import authorized, credential
from tests.probes.auth.keys import SHARED
from tests.probes.conftest import target
from tests.servers.site import ScriptedSite

ANY = EgressPolicy(mode="any")
CANARY = f"canary-5f1c9a7e-{SHARED}"
ELSEWHERE = {
    # Their tokens come from fixed hosts of others, by the same code as those of `oauth2`.
    "azure",
    "gcp_service_account",
    # What they hold never goes over HTTP.
    "ca_bundle",
    "client_certificate",
    "negotiate",
    "ssh_key",
}
SUPPRESSED: dict[str, dict[str, Any]] = {
    "api_key": {"name": "key", "value": CANARY, "place": "query"},
    "aws_sigv4": {
        "region": "eu-west-1",
        "service": "execute-api",
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": CANARY,
        "session_token": CANARY,
    },
    "basic": {"username": "ada", "password": CANARY},
    "bearer": {"token": CANARY},
    "cloudflare_access": {"client_id": "id.access", "client_secret": CANARY},
    "digest": {"username": "ada", "password": CANARY},
    "form_login": {
        "login_url": "{site}/login",
        "username": "ada",
        "password": CANARY,
        "success_location": "/",
        "allow_plaintext": True,
    },
    "hawk": {"id": "ada", "key": CANARY},
    "headers": {"headers": [{"name": "X-Tenant", "value": CANARY}]},
    "hmac": {"key": CANARY},
    "http_signature": {
        "key_id": "k",
        "algorithm": "hmac-sha256",
        "key": base64.b64encode(CANARY.encode()).decode(),
    },
    "json_login": {
        "login_url": "{site}/token",
        "username": "ada",
        "password": CANARY,
        "token_path": "$.access_token",
        "allow_plaintext": True,
    },
    "jwt": {"algorithm": "HS256", "key": CANARY},
    "ntlm": {"username": "ada", "password": CANARY},
    "oauth1": {"consumer_key": "c", "consumer_secret": CANARY, "method": "PLAINTEXT"},
    "oauth2": {
        "token_url": "{site}/token",
        "client_id": "c",
        "client_secret": CANARY,
        "client_authentication": "post",
        "allow_plaintext": True,
    },
    "proxy": {"url": "{proxy}", "username": "ada", "password": CANARY},
    "wsse": {"username": "ada", "password": CANARY},
}


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def watched(site: ScriptedSite, **settings: object) -> Target:
    given = HttpSettings.model_validate({"allow_plaintext_credentials": True} | settings)
    return replace(target(f"{site.url}/cart"), settings=given)


def head_of(*lines: str, body: bytes) -> bytes:
    head = "\r\n".join(["HTTP/1.1 {}", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


def chatty(site: ScriptedSite) -> None:
    """Let a site hand out secrets of its own, and say everything back that it is sent."""

    def answer(path: str) -> bytes:
        if path.startswith("/token"):
            body = json.dumps({"access_token": f"{CANARY}-issued", "token_type": "Bearer"}).encode()
            token = f"X-Token: {CANARY}"
            return head_of("Content-Type: application/json", token, body=body).replace(
                b"{}", b"200 OK", 1
            )
        if path.startswith("/login"):
            form = b'<form method=post><input name=u><input type=password name=p value="x"></form>'
            cookie = f"Set-Cookie: id={CANARY}"
            return head_of("Content-Type: text/html", cookie, body=form).replace(
                b"{}", b"200 OK", 1
            )
        sent = site.received[-1]
        lines = (
            "Content-Type: text/plain",
            f'WWW-Authenticate: Digest realm="r", nonce="{CANARY}", qop="auth"',
            f"X-Asked: {sent.splitlines()[0].decode('latin-1')}",
        )
        return head_of(*lines, body=sent).replace(b"{}", b"401 No", 1)

    site.answer = answer


def leaks(text: str) -> list[str]:
    plain = CANARY.encode()
    # Wherever the secret begins in what is encoded, one of these is in the code.
    shifted = [base64.b64encode(b"x" * shift + plain)[4:-4].decode() for shift in range(3)]
    return [each for each in (CANARY[:15], plain.hex(), *shifted) if each in text]


def test_every_scheme_has_its_secrets_tried_here() -> None:
    assert SUPPRESSED.keys() | ELSEWHERE >= SCHEMES.keys()


@pytest.mark.parametrize("scheme", SUPPRESSED)
def test_invariant_7_no_secret_of_any_scheme_is_in_a_report(
    site: ScriptedSite, scheme: str
) -> None:
    chatty(site)
    text = json.dumps(SUPPRESSED[scheme]).replace("{site}", site.url).replace("{proxy}", site.url)
    held = credential(scheme, json.loads(text))
    report = as_json(check_once(authorized(watched(site), held), ANY))
    assert site.received, report
    assert report["steps"]
    assert leaks(json.dumps(report, ensure_ascii=False)) == []


def test_the_search_would_find_a_leak(site: ScriptedSite) -> None:
    site.answer = b"HTTP/1.1 500 x\r\nX-Echo: " + CANARY.encode() + b"\r\n\r\n"
    assert leaks(json.dumps(as_json(check_once(watched(site), ANY))))


def test_a_report_tells_the_address_that_was_connected_to(site: ScriptedSite) -> None:
    report = check_once(watched(site), ANY)
    assert [step.address for step in report.steps] == ["127.0.0.1"]
    probe_async = Target(
        kind="tcp",
        url=f"tcp://127.0.0.1:{site.port}",
        timeout_seconds=5,
        latency_threshold_ms=None,
        settings=TcpSettings(),
    )
    assert (
        check_once(probe_async, ANY).address,
        as_json(check_once(probe_async, ANY))["address"],
    ) == (
        "127.0.0.1",
        "127.0.0.1",
    )


def test_nothing_was_connected_to_where_the_guard_refuses(site: ScriptedSite) -> None:
    report = as_json(check_once(watched(site), EgressPolicy()))
    assert (report["outcome"], report["cause"], report["address"]) == ("unknown", "blocked", "")
    assert site.count == 0


def test_a_site_cannot_make_a_report_that_no_database_takes(site: ScriptedSite) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 400) for number in range(120))
    site.answer = b"HTTP/1.1 500 x\r\nX-Bell: a\x07b\x1b[2J\r\n" + many + b"\r\nbody\x00body"
    report = as_json(check_once(watched(site), ANY))
    headers = report["steps"][0]["response_headers"]
    assert headers[0] == ("X-Bell", "a b [2J")
    assert len(headers) == 100
    assert "\\u0000" not in json.dumps(report)


def test_a_long_value_is_shortened_after_it_was_masked(site: ScriptedSite) -> None:
    held = credential("bearer", {"token": CANARY})
    # The secret lies across the place where the value is cut.
    value = "y" * 990 + CANARY
    site.answer = f"HTTP/1.1 500 x\r\nX-Long: {value}\r\n\r\n".encode()
    report = check_once(authorized(watched(site), held), ANY)
    [(_, shown)] = report.steps[0].response_headers
    assert "canary" not in shown
    assert shown.startswith("y" * 990)


def test_a_check_that_hangs_ends_with_its_timeout(site: ScriptedSite) -> None:
    site.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    assert check_once(replace(watched(site), timeout_seconds=1), ANY).result.outcome is Outcome.DOWN


@pytest.mark.abuse(130)
def test_a_credential_that_may_not_go_there_leaves_no_step(site: ScriptedSite) -> None:
    held = credential("bearer", {"token": "canary-5f1c9a7e"})
    wanted = replace(watched(site), credentials=(held,))
    report = as_json(check_once(wanted, ANY))
    assert (report["outcome"], report["cause"], report["steps"]) == ("unknown", "blocked", [])
    assert not site.received
