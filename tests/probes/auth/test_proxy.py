"""Proxies, against squid and dante: the way through, and who is at fault when there is none."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.certificates import Certificates
from tests.servers.proxies import PASSWORD, USER, dante, squid
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

REFUSED = "The proxy refused the user or the password: 407 Proxy Authentication Required."


@pytest.fixture(scope="module")
def proxies() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield {
            "basic": stack.enter_context(squid("basic")),
            "digest": stack.enter_context(squid("digest")),
        }


def proxy(url: str, authentication: str = "basic", password: str = PASSWORD) -> Credential:
    fields = {"url": url, "username": USER, "password": password, "authentication": authentication}
    return credential("proxy", fields)


@pytest.mark.parametrize("how", ["basic", "digest"])
def test_a_site_is_reached_through_a_proxy(
    probe: Prober, certificates: Certificates, proxies: dict[str, str], how: str
) -> None:
    with ScriptedSite() as plain, ScriptedSite(tls=certificates.valid()) as safe:
        for site in (plain, safe):
            assert check(probe, site.url, proxy(proxies[how], how)).outcome is Outcome.UP
            assert b"proxy-authorization" not in site.received[-1].lower()
        assert b"\r\nVia: " in plain.received[-1]


@pytest.mark.parametrize("how", ["basic", "digest"])
def test_a_wrong_password_is_the_credentials_fault(
    probe: Prober, certificates: Certificates, proxies: dict[str, str], how: str
) -> None:
    with ScriptedSite() as plain, ScriptedSite(tls=certificates.valid()) as safe:
        for site in (plain, safe):
            result = check(probe, site.url, proxy(proxies[how], how, "wrong"))
            assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
            assert result.detail == REFUSED
            assert site.count == 0


def test_a_proxy_that_is_not_there_is_named(probe: Prober, nobody: str) -> None:
    with ScriptedSite() as site:
        result = check(probe, site.url, proxy(nobody))
    port = nobody.rpartition(":")[2]
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.UNREACHABLE)
    assert result.detail == f"The proxy cannot be reached on port {port}."


def test_a_site_that_the_proxy_cannot_reach_is_down(
    probe: Prober, proxies: dict[str, str], nobody: str
) -> None:
    result = check(probe, nobody.replace("http://", "https://"), proxy(proxies["basic"]))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.UNREACHABLE)
    assert result.detail == "The proxy answered 503 and did not connect."


def test_the_name_of_a_proxy_is_looked_up_and_the_site_left_to_it(
    proxies: dict[str, str],
) -> None:
    names = ScriptedNames(proxy_test=["127.0.0.1"])
    with ScriptedSite() as site, asking(names) as probe:
        held = proxy(proxies["basic"].replace("127.0.0.1", "proxy.test"))
        result = check(probe, f"http://localhost:{site.port}/", held)
    assert result.outcome is Outcome.UP
    assert names.asked == ["proxy.test"]


def test_a_proxy_may_have_a_certificate_of_the_bundle(
    probe: Prober, certificates: Certificates, tmp_path: Path
) -> None:
    own = Certificates(tmp_path)
    bundle = credential("ca_bundle", {"certificates": own.cafile.read_text()})
    with squid("basic", own) as url, ScriptedSite(tls=own.valid()) as site, ScriptedSite() as plain:
        for each in (site, plain):
            assert check(probe, each.url, proxy(url), bundle).outcome is Outcome.UP
            assert check(probe, each.url, bundle, proxy(url)).outcome is Outcome.UP
        refused = check(probe, plain.url, proxy(url))
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.TLS)
    assert refused.detail == "The certificate of the proxy is not trusted."
    with squid("basic", certificates) as usual, ScriptedSite(tls=own.valid()) as site:
        assert check(probe, site.url, proxy(usual), bundle).outcome is Outcome.UP


def test_a_proxy_that_demands_a_user_says_so(probe: Prober, proxies: dict[str, str]) -> None:
    with ScriptedSite() as site:
        result = check(probe, site.url, credential("proxy", {"url": proxies["basic"]}))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The proxy demands a user: 407 Proxy Authentication Required."


def test_socks_carries_a_check(probe: Prober, certificates: Certificates) -> None:
    with dante() as url, ScriptedSite(tls=certificates.valid()) as site:
        held = credential("proxy", {"url": url})
        assert check(probe, site.url, held).outcome is Outcome.UP
        result = check(probe, "http://127.0.0.1:1/", held)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.UNREACHABLE)


def socks_that_wants(user: bytes, password: bytes, seen: list[bool]) -> RawServer:
    """Ask for a user and a password (RFC 1929), and go no further."""

    def talk(sock: socket.socket) -> None:
        sock.recv(64)
        sock.sendall(b"\x05\x02")
        said = sock.recv(1024)
        seen.append(said == b"\x01%c%s%c%s" % (len(user), user, len(password), password))
        sock.sendall(b"\x01\x00" if seen[-1] else b"\x01\x01")

    return RawServer(talk)


def test_socks_is_told_the_user_and_says_if_it_is_wrong(probe: Prober) -> None:
    seen: list[bool] = []
    with socks_that_wants(USER.encode(), PASSWORD.encode(), seen) as server:
        url = server.url.replace("http://", "socks5h://")
        check(probe, "http://site.example/", proxy(url))
        result = check(probe, "http://site.example/", proxy(url, password="wrong"))
    assert seen == [True, False]
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The proxy refused the user or the password."


def test_a_redirect_elsewhere_takes_the_same_way(probe: Prober, proxies: dict[str, str]) -> None:
    with ScriptedSite() as there, ScriptedSite() as here:
        here.answer = f"HTTP/1.1 302 Found\r\nLocation: {there.url}/\r\n\r\n".encode()
        assert check(probe, here.url, proxy(proxies["basic"])).outcome is Outcome.UP
        assert b"\r\nVia: " in there.received[-1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "ftp://proxy.example:1"}, "Not a proxy such as"),
        ({"url": "http://proxy.example"}, "Not a proxy such as"),
        ({"url": "http://u:p@proxy.example:3128"}, "Not a proxy such as"),
        ({"url": "http://proxy.example:3128/path"}, "Not a proxy such as"),
        ({"url": "http://proxy.example:3128\r\nX: y"}, "Not a proxy such as"),
        ({"url": "http://proxy.example:70000"}, "A port must be"),
        ({"url": "http://p.example:1", "password": "x"}, "needs a user name"),
        ({"url": "http://p.example:1", "username": "a:b", "password": "x"}, "colon"),
        ({"url": "http://p.example:1", "username": "a\r\nb", "password": "x"}, "line breaks"),
        ({"url": "socks5h://p.example:1", "username": "a", "authentication": "digest"}, "Digest"),
        ({"url": "socks5h://p.example:1", "username": "a" * 256}, "at most 255"),
    ],
)
def test_what_cannot_work_is_refused_in_words(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SCHEMES["proxy"].settings.model_validate(fields)
