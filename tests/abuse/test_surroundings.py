"""Abuse 15: what the environment of a worker holds for other programs says nothing to its probes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.evaluation.outcome import Cause, Outcome
from security.egress.guard import EgressPolicy, guarded_session
from tests.abuse.looking import KINDS_LED, PUBLIC, Watcher, led_to
from tests.abuse.schemes import held
from tests.probes.auth.asking import check, credential
from tests.probes.auth.test_ntlm import held as ntlm
from tests.probes.conftest import Prober
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.ntlm_site import ntlm_site
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
NETRC = "default login mallory password canary-of-netrc\n"


@pytest.fixture
def trap() -> Iterator[RawServer]:
    """Give a proxy that everything is to be sent to, and that nobody comes to."""
    with RawServer(hostile.hang_up) as trap:
        yield trap
        assert trap.accepted == 0


@pytest.fixture(autouse=True)
def traps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trap: RawServer) -> None:
    """Set all that libcurl, requests and libkrb5 read if they are let."""
    for name in PROXIES:
        monkeypatch.setenv(name, trap.url)
    monkeypatch.setenv("NO_PROXY", "")
    (tmp_path / ".netrc").write_text(NETRC)
    (tmp_path / ".netrc").chmod(0o600)
    kerberos = tmp_path / "krb5.conf"
    kerberos.write_text(
        "[libdefaults]\ndefault_realm = SHOP.EXAMPLE\n"
        f"[realms]\nSHOP.EXAMPLE = {{\nkdc = {trap.url.removeprefix('http://')}\n}}\n"
    )
    for name in ("HOME", "CURL_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("KRB5_CONFIG", str(kerberos))


def test_abuse_15_no_proxy_and_no_login_of_the_environment_is_used(probe: Prober) -> None:
    with ScriptedSite() as site:
        assert probe(site.url).outcome is Outcome.UP
        (asked,) = site.received
    assert asked.startswith(b"GET / HTTP/1.1\r\n")
    assert b"authorization" not in asked.lower()


def test_abuse_15_not_for_a_token_or_a_login_either(probe: Prober) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        issuer.body = b'{"access_token": "t"}'
        fields = {"token_url": issuer.url, "client_id": "c", "client_authentication": "none"}
        more = {"grant": "refresh_token", "refresh_token": "r", "allow_plaintext": True}
        held = credential("oauth2", fields | more)
        assert check(probe, site.url, held).outcome is Outcome.UP
        assert b"authorization" not in issuer.received[0].lower()
        assert b"Authorization: Bearer t\r\n" in site.received[0]


def test_abuse_15_no_configuration_of_kerberos_is_read(
    probe: Prober, certificates: Certificates
) -> None:
    with ntlm_site(certificates) as url:
        assert check(probe, f"{url}/index.html", ntlm()).outcome is Outcome.UP


def test_abuse_15_only_the_centre_that_a_credential_names_is_asked_for_a_ticket(
    probe: Prober, nobody: str
) -> None:
    ticket = held("negotiate", kdcs=[nobody.removeprefix("http://")])
    with ScriptedSite() as site:
        result = check(probe, site.url, ticket)
        assert site.count == 0
    assert result.cause is Cause.AUTHORIZATION
    assert "canary" not in repr(result)


def test_abuse_15_an_exception_of_no_proxy_makes_no_way_inside(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "10.0.0.1")
    for kind in KINDS_LED:
        watcher.assert_blocked(led_to(kind, "10.0.0.1"))


def test_abuse_15_every_kind_goes_its_own_way(watcher: Watcher) -> None:
    for kind in KINDS_LED:
        packets, _ = watcher.sent_by(led_to(kind, PUBLIC[0]))
        assert packets > 0


def test_abuse_15_messages_are_sent_without_them_too() -> None:
    with ScriptedSite() as site, guarded_session(EgressPolicy("any"), seconds=5) as session:
        assert session.get(site.url).status_code == 200
        assert b"authorization" not in site.received[0].lower()
