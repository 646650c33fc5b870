"""The kinds `smtp`, `imap`, `pop3` and `ftp`, against aiosmtpd, Dovecot and vsftpd."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.smtp import SmtpSettings
from probes.registry import KINDS
from tests.probes.conftest import Prober
from tests.probes.kinds.test_contract import saying, verdict
from tests.servers.certificates import Certificates
from tests.servers.daemon import free_port
from tests.servers.mail import Server, dovecot, vsftpd
from tests.servers.raw import RawServer

GREETINGS = {
    "smtp": (b"220 mail.example ESMTP\r\n", b"554 No SMTP service here\r\n"),
    "ftp": (b"220 files.example ready\r\n", b"421 Too many users\r\n"),
    "imap": (b"* OK IMAP4rev1 ready\r\n", b"* BYE overloaded\r\n"),
    "pop3": (b"+OK POP3 ready\r\n", b"-ERR not now\r\n"),
}
EHLO = b"250-mail.example\r\n250-PIPELINING\r\n250 SIZE\r\n"

each_kind = pytest.mark.parametrize("kind", GREETINGS)


@pytest.fixture(scope="module")
def mailboxes(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[dict[str, Server]]:
    with dovecot(tmp_path_factory.mktemp("dovecot"), certificates) as servers:
        yield servers


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Server]:
    with vsftpd(tmp_path_factory.mktemp("vsftpd"), certificates) as server:
        yield server


class Mailbox:
    """A handler of aiosmtpd that takes nothing: the probe does not get that far."""


@pytest.fixture
def smtp(certificates: Certificates) -> Iterator[Server]:
    plain = Controller(Mailbox(), "127.0.0.1", free_port(), tls_context=certificates.valid())
    tls = Controller(Mailbox(), "127.0.0.1", free_port(), ssl_context=certificates.valid())
    plain.start()
    tls.start()
    yield Server(f"smtp://127.0.0.1:{plain.port}", f"smtps://127.0.0.1:{tls.port}")
    plain.stop()
    tls.stop()


def check_greets(probe: Prober, kind: str, server: Server, words: str) -> None:
    """Try in clear, after the change to TLS, and with TLS from the start."""
    in_clear = probe(server.plain, kind=kind, expect=words)
    assert (in_clear.outcome, in_clear.detail) == (Outcome.UP, "")
    assert in_clear.timings.tls == 0 < in_clear.timings.first_byte
    for url in (server.plain, server.tls):
        secure = probe(url, kind=kind, starttls=True, expect=words)
        assert (secure.outcome, secure.detail) == (Outcome.UP, "")
        assert secure.timings.tls > 0
    other = probe(server.plain, kind=kind, expect="some other server")
    assert (other.outcome, other.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert other.detail.startswith("The greeting does not contain the expected text: ")


def test_smtp_greets(probe: Prober, smtp: Server) -> None:
    check_greets(probe, "smtp", smtp, "Python SMTP")


@pytest.mark.parametrize("kind", ["imap", "pop3"])
def test_mailboxes_greet(probe: Prober, mailboxes: dict[str, Server], kind: str) -> None:
    check_greets(probe, kind, mailboxes[kind], "Dovecot")


def test_ftp_greets(probe: Prober, files: Server) -> None:
    check_greets(probe, "ftp", files, "Welcome to the shop.")


def test_a_certificate_counts_after_the_change_to_tls(
    probe: Prober, certificates: Certificates
) -> None:
    server = Controller(
        Mailbox(), "127.0.0.1", free_port(), tls_context=certificates.for_another_name()
    )
    server.start()
    url = f"smtp://127.0.0.1:{server.port}"
    strict = probe(url, kind="smtp", starttls=True)
    lax = probe(url, kind="smtp", starttls=True, verify_tls=False)
    server.stop()
    assert (strict.cause, strict.detail) == (Cause.TLS, "The certificate is not for this name.")
    assert lax.outcome is Outcome.UP


@each_kind
def test_a_refusing_greeting_is_shown(probe: Prober, kind: str) -> None:
    cause, detail = verdict(probe, kind, saying(GREETINGS[kind][1]))
    assert cause is Cause.ANSWER
    assert GREETINGS[kind][1].split()[-1].decode() in detail


@each_kind
def test_another_protocol_is_told(probe: Prober, kind: str) -> None:
    cause, detail = verdict(probe, kind, saying(b"SSH-2.0-OpenSSH_9.2\r\n"))
    assert (cause, detail) == (
        Cause.PROTOCOL,
        f"The answer is not {kind.upper()}: SSH-2.0-OpenSSH_9.2",
    )


@each_kind
def test_a_server_without_tls_is_down_where_tls_is_demanded(probe: Prober, kind: str) -> None:
    good, bad = GREETINGS[kind]

    def talk(sock: socket.socket) -> None:
        sock.sendall(good)
        while command := sock.recv(4096):
            refusal = b"a1 NO not here\r\n" if kind == "imap" else bad
            sock.sendall(EHLO if command.startswith(b"EHLO") else refusal)

    with RawServer(talk) as server:
        url = f"{kind}://127.0.0.1:{server.port}"
        assert probe(url, kind=kind).outcome is Outcome.UP
        result = probe(url, kind=kind, starttls=True)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)


def test_words_before_the_change_to_tls_are_not_taken_over(probe: Prober) -> None:
    def injecting(sock: socket.socket) -> None:
        sock.sendall(GREETINGS["smtp"][0])
        sock.recv(4096)
        sock.sendall(EHLO)
        sock.recv(4096)
        sock.sendall(b"220 go on\r\n250 injected\r\n")
        sock.recv(4096)

    with RawServer(injecting) as server:
        result = probe(f"smtp://127.0.0.1:{server.port}", kind="smtp", starttls=True)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The server sent more data before the change to TLS."


def test_a_greeting_of_several_lines_is_read_to_its_end(probe: Prober) -> None:
    def talk(sock: socket.socket) -> None:
        sock.sendall(b"220-Welcome\r\n free text\r\n220-221 not the end\r\n220 to the shop\r\n")
        sock.recv(4096)

    with RawServer(talk) as server:
        result = probe(f"ftp://127.0.0.1:{server.port}", kind="ftp", expect="to the shop")
    assert result.outcome is Outcome.UP


def test_a_greeting_without_an_end_is_broken_off(probe: Prober) -> None:
    cause, detail = verdict(probe, "ftp", saying(b"220-more\r\n" * 1000))
    assert (cause, detail) == (Cause.PROTOCOL, "The answer has more than 100 lines.")


@each_kind
def test_the_usual_port_is_left_out(kind: str) -> None:
    validate = KINDS[kind].validate_url
    assert validate(f"{kind}://Mail.Example.com") == f"{kind}://mail.example.com"
    assert validate(f"{kind}s://mail.example.com:26") == f"{kind}s://mail.example.com:26"


def test_a_setting_that_is_no_switch_is_refused() -> None:
    with pytest.raises(ValidationError):
        SmtpSettings.model_validate({"starttls": "yes"})
