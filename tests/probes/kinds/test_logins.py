"""Logins of kinds outside of libcurl, against Dovecot, aiosmtpd, vsftpd and Mosquitto."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target, target_of
from tests.servers.certificates import Certificates
from tests.servers.daemon import free_port
from tests.servers.mail import Server, dovecot, vsftpd
from tests.servers.mosquitto import PASSWORD, USERNAME, Ports, mosquitto
from tests.servers.raw import RawServer, Talk

WRONG = "canary-wrong"
IN_PLAIN_TEXT = "The credential is not sent without TLS unless the monitor allows that."


def login(username: str = USERNAME, password: str = PASSWORD) -> Credential:
    return credential("basic", {"username": username, "password": password})


def check(probe: Prober, url: str, held: Credential, **settings: object) -> ProbeResult:
    kind = url.partition(":")[0].removesuffix("s")
    wanted = target_of(kind, url, settings)
    own = replace(held, origins=frozenset({origin_of(url)}))
    result = probe.check(replace(wanted, credentials=(own,)))
    assert "canary" not in repr(result)
    return result


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Ports]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates) as ports:
        yield ports


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    assert mechanism in {"PLAIN", "LOGIN"}
    assert isinstance(given, LoginPassword)
    known = LoginPassword(USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=given == known, handled=False)


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[dict[str, Server]]:
    """Servers with one user, by kind."""
    listen = partial(
        Controller,
        object(),
        "127.0.0.1",
        authenticator=_authenticate,
        auth_require_tls=False,
    )
    plain = listen(port=free_port(), tls_context=certificates.valid())
    tls = listen(port=free_port(), ssl_context=certificates.valid())
    plain.start()
    tls.start()
    smtp = Server(f"smtp://127.0.0.1:{plain.port}", f"smtps://127.0.0.1:{tls.port}")
    directory = tmp_path_factory.mktemp("dovecot")
    with dovecot(directory, certificates, {USERNAME: PASSWORD}) as mailboxes:
        yield {"smtp": smtp, **mailboxes}
    plain.stop()
    tls.stop()


each_mail = pytest.mark.parametrize("kind", ["smtp", "imap", "pop3"])


@each_mail
def test_a_mail_server_takes_the_login_over_tls(
    probe: Prober, servers: dict[str, Server], kind: str
) -> None:
    for result in (
        check(probe, servers[kind].tls, login()),
        check(probe, servers[kind].plain, login(), starttls=True),
    ):
        assert (result.outcome, result.detail) == (Outcome.UP, "")


@each_mail
def test_a_mail_server_that_refuses_the_login_is_told_so(
    probe: Prober, servers: dict[str, Server], kind: str
) -> None:
    result = check(probe, servers[kind].tls, login(password=WRONG))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith("The server refused the login: ")


@each_mail
def test_without_tls_the_password_stays_here_unless_the_monitor_allows_it(
    probe: Prober, servers: dict[str, Server], kind: str
) -> None:
    result = check(probe, servers[kind].plain, login())
    assert (result.cause, result.detail) == (Cause.AUTHORIZATION, IN_PLAIN_TEXT)
    sent = check(probe, servers[kind].plain, login(), allow_plaintext_credentials=True)
    assert sent.detail != IN_PLAIN_TEXT


def test_a_file_server_takes_the_login(
    probe: Prober, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> None:
    home = tmp_path_factory.mktemp("files")
    home.chmod(0o555)
    options = ("anonymous_enable=YES", f"anon_root={home}", "allow_anon_ssl=YES")
    with vsftpd(tmp_path_factory.mktemp("vsftpd"), certificates, *options) as files:
        taken = check(probe, files.tls, login("anonymous"))
        changed = check(probe, files.plain, login("anonymous"), starttls=True)
        other = check(probe, files.tls, login())
    assert (taken.outcome, taken.detail) == (Outcome.UP, "")
    assert (changed.outcome, changed.detail) == (Outcome.UP, "")
    assert (other.outcome, other.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_broker_takes_the_login_and_refuses_another(
    probe: Prober, broker: Ports, version: str
) -> None:
    url = f"mqtt://127.0.0.1:{broker.locked}"
    options = {"version": version, "allow_plaintext_credentials": True}
    assert check(probe, url, login(), **options).outcome is Outcome.UP
    wrong = check(probe, url, login(password=WRONG * 30), **options, accept_refusal=True)
    assert (wrong.outcome, wrong.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert wrong.detail.startswith("The broker refused the login (code ")
    assert check(probe, url, login(), version=version).detail == IN_PLAIN_TEXT


def test_a_credential_goes_to_its_own_origin_only(probe: Prober, broker: Ports) -> None:
    url = f"mqtt://127.0.0.1:{broker.locked}"
    elsewhere = replace(login(), origins=frozenset({"mqtt://127.0.0.1"}))
    wanted = target(url, kind="mqtt", allow_plaintext_credentials=True)
    result = probe.check(replace(wanted, credentials=(elsewhere,)))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.timings.connect == 0


def conversation(*answers: bytes, heard: list[bytes]) -> Talk:
    """Say the first line at once, and each further one after a command."""

    def talk(sock: socket.socket) -> None:
        for answer in answers:
            sock.sendall(answer)
            heard.append(sock.recv(4096))

    return talk


def test_a_password_that_was_refused_twice_rests(probe: Prober) -> None:
    heard: list[bytes] = []
    held = login(password=WRONG)
    refusing = conversation(b"+OK\r\n", b"+OK\r\n", b"-ERR wrong\r\n", heard=heard)
    with RawServer(refusing) as server:
        url = f"pop3://127.0.0.1:{server.port}"
        results = [check(probe, url, held, allow_plaintext_credentials=True) for _ in range(4)]
        assert sum(WRONG.encode() in each for each in heard) == 2
        other = login(password=WRONG * 2)
        check(probe, url, other, allow_plaintext_credentials=True)
    assert {each.cause for each in results} == {Cause.AUTHORIZATION}
    assert results[0].detail == "The server refused the login: -ERR wrong"
    assert results[2].detail == (
        f"{results[0].detail} To avoid locking the account, only some checks try it again."
    )
    assert sum((WRONG * 2).encode() in each for each in heard) == 1


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("pop3", [b"+OK\r\n", b"+OK\r\n", b"-ERR [IN-USE] busy\r\n"]),
        ("imap", [b"* OK\r\n", b"* CAPABILITY X\r\na2 OK\r\n", b"a3 NO [UNAVAILABLE] later\r\n"]),
        ("ftp", [b"220 x\r\n", b"331 x\r\n", b"421 too many\r\n"]),
        ("smtp", [b"220 x\r\n", b"250 x\r\n", b"250 AUTH PLAIN\r\n", b"454 later\r\n"]),
    ],
)
def test_a_server_that_takes_no_login_now_refused_no_password(
    probe: Prober, kind: str, answers: list[bytes]
) -> None:
    with RawServer(conversation(*answers, heard=[])) as server:
        url = f"{kind}://127.0.0.1:{server.port}"
        result = check(probe, url, login(password="canary"), allow_plaintext_credentials=True)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)


def test_a_server_that_repeats_the_password_is_masked(probe: Prober) -> None:
    encoded = b64encode(PASSWORD.encode())
    said = f"-ERR no user with {PASSWORD} or ".encode() + encoded + b"\r\n"
    with RawServer(conversation(b"+OK\r\n", b"+OK\r\n", said, heard=[])) as server:
        url = f"pop3://127.0.0.1:{server.port}"
        result = check(probe, url, login(), allow_plaintext_credentials=True)
    assert result.detail == "The server refused the login: -ERR no user with *** or ***"


def test_the_older_logins_are_spoken_where_no_other_is_offered(probe: Prober) -> None:
    heard: list[bytes] = []
    imap = [b"* OK\r\n", b"* CAPABILITY IMAP4\r\na2 OK\r\n", b"a3 OK\r\n"]
    with RawServer(conversation(*imap, heard=heard)) as server:
        url = f"imap://127.0.0.1:{server.port}"
        result = check(probe, url, login('a"b', "c\\d e"), allow_plaintext_credentials=True)
    assert result.outcome is Outcome.UP
    assert heard[1] == b'a3 LOGIN "a\\"b" "c\\\\d e"\r\n'
    smtp = [b"220 x\r\n", b"250 x\r\n", b"250 AUTH=LOGIN\r\n", b"334 u\r\n", b"334 p\r\n"]
    with RawServer(conversation(*smtp, b"235 ok\r\n", heard=heard)) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        result = check(probe, url, login("a", "b"), allow_plaintext_credentials=True)
    assert result.outcome is Outcome.UP
    # The server may not have heard the end of the conversation yet.
    sent = [b64encode(each) + b"\r\n" for each in (b"a", b"b")]
    assert [each for each in heard if each in sent] == sent
