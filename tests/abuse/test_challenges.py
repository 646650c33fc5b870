"""Abuse 25 to 27: sites whose challenges want more of a credential than they should have.

Most of these are with the tests of each scheme, which carry the number too.
"""

import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from itertools import count

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.abuse.looking import assert_refused
from tests.abuse.schemes import held
from tests.probes.auth.asking import REFUSED, check
from tests.probes.conftest import Prober
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.ntlm_site import DOMAIN, PASSWORD, USER, ntlm_site
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.usefixtures("no_secret_in_the_log")
DIGEST = 'Digest realm="r", nonce="n", qop="auth"'


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def challenge(*values: str) -> bytes:
    lines = "".join(f"WWW-Authenticate: {value}\r\n" for value in values)
    return f"HTTP/1.1 401 No\r\n{lines}Content-Length: 0\r\n\r\n".encode()


def test_abuse_25_a_nonce_that_is_new_and_stale_each_time_is_answered_twice(
    probe: Prober, site: ScriptedSite
) -> None:
    numbers = count()
    site.answer = lambda _: challenge(
        f'Digest realm="r", nonce="{next(numbers)}", qop="auth", stale=true'
    )
    assert_refused(check(probe, site.url, held("digest")), REFUSED)
    assert site.count == 3


def test_abuse_25_a_thousand_challenges_are_read_in_no_time(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = challenge(", ".join([DIGEST] * 1000))
    started = time.monotonic()
    assert_refused(check(probe, site.url, held("digest"), timeout=20), REFUSED)
    site.answer = challenge('Digest realm="' + '\\"' * 25_000)
    assert check(probe, site.url, held("digest"), timeout=20).cause is Cause.AUTHORIZATION
    assert time.monotonic() - started < 45


@pytest.mark.parametrize("scheme", ["digest", "ntlm"])
def test_abuse_26_a_site_that_asks_for_basic_is_not_told_the_password(
    probe: Prober, site: ScriptedSite, scheme: str
) -> None:
    site.answer = challenge('Basic realm="r"')
    result = check(probe, site.url, held(scheme))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    password = b64encode(b"ursula:canary-password")
    for asked in site.received:
        assert b"authorization: basic" not in asked.lower()
        assert password not in asked
        assert b"canary-password" not in asked


def test_abuse_26_a_digest_beside_basic_is_answered_as_a_digest(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = challenge('Basic realm="r"', DIGEST)
    assert_refused(check(probe, site.url, held("digest")), REFUSED)
    assert b"Authorization: Digest " in site.received[-1]
    assert not any(b"Basic" in each for each in site.received)


def test_abuse_27_ntlm_is_spoken_over_http1_by_a_site_of_http2(
    probe: Prober, certificates: Certificates
) -> None:
    login = held("ntlm", username=USER, password=PASSWORD, domain=DOMAIN)
    with ntlm_site(certificates) as url:
        for version in ("", "2", "3"):
            result = check(probe, f"{url}/index.html", login, http_version=version)
            assert result.outcome is Outcome.UP, result.detail


def test_abuse_27_a_site_that_is_never_content_hears_two_messages_and_no_more(
    probe: Prober,
) -> None:
    message = (
        b"NTLMSSP\0\2\0\0\0\0\0\0\0\x38\0\0\0\x05\x82\x89\xa2" + b"12345678" + bytes(8)
        + b"\x04\0\x04\0\x38\0\0\0" + b"\x0a\0\x61\x4a\0\0\0\x0f" + bytes(4)
    )  # fmt: skip
    offer = b64encode(message)
    talked = count()

    def talk(sock: socket.socket) -> None:
        while hostile.hear(sock):
            next(talked)
            sock.sendall(
                b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM "
                + offer
                + b"\r\nContent-Length: 0\r\n\r\n"
            )

    with RawServer(talk) as server:
        assert_refused(check(probe, server.url, held("ntlm")), REFUSED)
        assert server.accepted == 1
    assert next(talked) == 2
