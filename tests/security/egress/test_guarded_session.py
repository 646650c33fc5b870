"""The guarded session: where it connects, how long it stays, how much it takes."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from requests import ConnectionError as NoConnection
from requests import RequestException
from requests.exceptions import SSLError

from security.egress.guard import EgressPolicy, GuardedSession, ResponseTooLarge, guarded_session
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.hostile import OK, saying
from tests.servers.raw import RawServer, Talk
from tests.servers.site import ScriptedSite


@pytest.fixture
def session() -> Iterator[GuardedSession]:
    with guarded_session(EgressPolicy("any"), seconds=5) as session:
        yield session


def test_a_request_comes_and_goes(session: GuardedSession) -> None:
    with ScriptedSite() as site:
        response = session.post(f"{site.url}/x", data={"a": "b"}, auth=("user", "pass"))
        assert (response.status_code, response.text) == (200, "hello")
        assert site.received[-1].endswith(b"\r\n\r\na=b")
        assert b"Authorization: Basic" in site.received[-1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
def test_an_address_that_is_not_permitted_is_not_connected_to(host: str) -> None:
    with ScriptedSite() as site, guarded_session(EgressPolicy("public"), seconds=5) as session:
        with pytest.raises(NoConnection):
            session.get(f"http://{host}:{site.port}/")
        assert site.count == 0


@pytest.mark.abuse(17)
def test_a_port_of_another_service_is_not_connected_to() -> None:
    with (
        guarded_session(EgressPolicy("public"), seconds=5) as session,
        pytest.raises(NoConnection, match="may not connect to that port"),
    ):
        session.get("http://1.1.1.1:6379/")


def test_a_redirect_is_an_answer_and_not_followed(session: GuardedSession) -> None:
    with ScriptedSite() as site:
        site.answer = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"
        assert session.get(f"{site.url}/x", allow_redirects=True).status_code == 302
        assert site.requests == {"/x": 1}


@pytest.mark.abuse(15)
def test_proxies_and_logins_of_the_surroundings_do_not_count(
    session: GuardedSession, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port}")
    with ScriptedSite() as site:
        assert session.get(site.url).status_code == 200


@pytest.mark.abuse(18)
@pytest.mark.parametrize(
    "talk",
    [hostile.silence, hostile.dripping_body, hostile.dripping_headers],
)
def test_the_whole_exchange_has_one_deadline(talk: Talk) -> None:
    with RawServer(talk) as server, guarded_session(EgressPolicy("any"), seconds=0.6) as session:
        started = time.monotonic()
        with pytest.raises(RequestException):
            session.get(server.url)
        assert time.monotonic() - started < 20


@pytest.mark.parametrize("talk", [hostile.silence, hostile.dripping_headers])
def test_the_deadline_holds_inside_tls_too(talk: Talk, certificates: Certificates) -> None:
    with (
        RawServer(talk, tls=certificates.valid()) as server,
        guarded_session(
            EgressPolicy("any"), seconds=0.6, cafile=str(certificates.cafile)
        ) as session,
    ):
        started = time.monotonic()
        with pytest.raises(RequestException):
            session.get(server.url)
        assert time.monotonic() - started < 20


def test_a_body_may_be_64_kib_and_no_more(session: GuardedSession) -> None:
    with ScriptedSite() as site:
        site.body = b"x" * 65_536
        assert len(session.get(site.url).content) == 65_536
        site.body += b"x"
        with pytest.raises(ResponseTooLarge):
            session.get(site.url)


@pytest.mark.abuse(18)
def test_a_body_is_measured_unpacked(session: GuardedSession) -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with RawServer(saying(head + packed)) as server, pytest.raises(ResponseTooLarge):
        session.get(server.url)


def test_the_body_of_a_redirect_is_no_larger_either(session: GuardedSession) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 100000\r\n\r\n"
    with (
        RawServer(saying(head + b"x" * 100_000)) as server,
        pytest.raises(ResponseTooLarge),
    ):
        session.get(server.url)


@pytest.mark.parametrize("talk", [hostile.endless_body, hostile.hang_up, saying(b"SSH-2.0-x\r\n")])
def test_nonsense_is_an_error_of_requests(session: GuardedSession, talk: Talk) -> None:
    with RawServer(talk) as server, pytest.raises(RequestException):
        session.get(server.url)


def test_certificates_are_verified(certificates: Certificates, session: GuardedSession) -> None:
    with ScriptedSite(tls=certificates.valid()) as site:
        with guarded_session(
            EgressPolicy("any"), seconds=5, cafile=str(certificates.cafile)
        ) as trusting:
            assert trusting.get(site.url).status_code == 200
        with pytest.raises(SSLError):
            session.get(site.url)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    directory: Path = tmp_path_factory.mktemp("certificates")
    return Certificates(directory)
