"""The way to the mail server: its URL, encryption and login, against real TLS."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from devstack.sinks.smtp import MailSink
from notifiers.base import Destination, NotifierError
from notifiers.email.email import EmailNotifier
from notifiers.email.smtp import parse
from tests.notifiers.alerts import outage
from tests.notifiers.mail_server import MailServer
from tests.notifiers.mails import ANN, SENDER

Start = Callable[..., MailSink]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def cafile(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def certificate(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def login(_server: object, _session: object, _envelope: object, _how: str, data: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's signature
    right = data == LoginPassword(b"ops@example.org", b"p@ss:w/rd")
    return AuthResult(success=right, handled=False)


def send(url: str) -> str | None:
    return EmailNotifier(parse(url), SENDER, seconds=5).send(Destination(ANN), outage()).reference


def refused(url: str) -> str:
    with pytest.raises(NotifierError) as caught:
        send(url)
    assert not caught.value.permanent
    return str(caught.value)


def arrived(sink: MailSink) -> int:
    return len(list(sink.directory.glob("*.eml")))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:
        yield lambda **options: running.enter_context(MailSink(tmp_path / "mail", **options))


def test_starttls_is_used_where_it_is_offered(
    start: Start, authority: trustme.CA, cafile: Path
) -> None:
    sink = start(tls_context=certificate(authority), require_starttls=True)
    send(f"{sink.url}?cafile={cafile}")
    assert arrived(sink) == 1


def test_starttls_with_a_certificate_that_is_not_trusted_sends_nothing(
    start: Start, authority: trustme.CA
) -> None:
    sink = start(tls_context=certificate(authority))
    assert refused(sink.url) == "The connection to the mail server could not be secured."
    assert arrived(sink) == 0


def test_a_certificate_for_another_name_sends_nothing(
    start: Start, authority: trustme.CA, cafile: Path
) -> None:
    sink = start(tls_context=certificate(authority, "mail.example"))
    assert (
        refused(f"{sink.url}?cafile={cafile}")
        == "The connection to the mail server could not be secured."
    )
    assert arrived(sink) == 0


def test_required_starttls_that_is_not_offered_sends_nothing(start: Start) -> None:
    sink = start()
    assert refused(f"{sink.url}?starttls=required") == "The mail server could not be used."
    assert arrived(sink) == 0


def test_starttls_can_be_turned_off(start: Start, authority: trustme.CA) -> None:
    sink = start(tls_context=certificate(authority))
    send(f"{sink.url}?starttls=never")
    assert arrived(sink) == 1


def test_tls_from_the_first_byte(start: Start, authority: trustme.CA, cafile: Path) -> None:
    sink = start(tls=certificate(authority))
    send(f"{sink.url}?cafile={cafile}")
    assert arrived(sink) == 1


def test_tls_from_the_first_byte_is_not_spoken_in_clear(start: Start, cafile: Path) -> None:
    sink = start()
    refused(f"{sink.url.replace('smtp:', 'smtps:')}?cafile={cafile}")
    assert arrived(sink) == 0


def test_a_private_authority_may_be_trusted_by_the_environment(
    start: Start, authority: trustme.CA, cafile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(cafile))
    sink = start(tls=certificate(authority))
    send(sink.url)
    assert arrived(sink) == 1


def test_a_login_with_odd_characters_is_spelt_in_percents(
    start: Start, authority: trustme.CA, cafile: Path
) -> None:
    sink = start(tls_context=certificate(authority), auth_required=True, authenticator=login)
    url = sink.url.replace("//", "//ops%40example.org:p%40ss%3Aw%2Frd@")
    send(f"{url}?cafile={cafile}")
    assert arrived(sink) == 1


def test_a_refused_login_is_the_operators_to_mend_and_is_tried_again(
    start: Start, authority: trustme.CA, cafile: Path
) -> None:
    sink = start(tls_context=certificate(authority), auth_required=True, authenticator=login)
    url = sink.url.replace("//", "//ops%40example.org:wrong@")
    assert refused(f"{url}?cafile={cafile}") == "The mail server refused the login of this service."
    assert arrived(sink) == 0


def test_a_password_never_goes_out_in_clear() -> None:
    with MailServer() as server:
        refused(server.url.replace("//", "//ann:secret@"))
    assert server.commands == ["EHLO"]


def test_a_password_goes_out_in_clear_only_if_the_operator_says_so() -> None:
    with MailServer({"AUTH": "235 welcome"}) as server:
        send(f"{server.url.replace('//', '//ann:secret@')}?starttls=never")
    assert server.commands[:2] == ["EHLO", "AUTH"]


def test_a_server_without_login_is_the_operators_to_mend() -> None:
    with MailServer({"EHLO": "250 mail.example"}) as server:
        refused(f"{server.url.replace('//', '//ann:secret@')}?starttls=never")


@pytest.mark.parametrize("greeting", ["421 too busy", "554 go away", "354 what?"])
def test_a_server_that_greets_with_a_refusal_is_told_nothing(greeting: str) -> None:
    with MailServer({"GREETING": greeting}) as server:
        refused(server.url)
    assert server.said == []


def test_the_name_in_the_greeting_is_the_domain_of_the_sender() -> None:
    with MailServer() as server:
        send(server.url)
    greeting, envelope = (line.lower() for line in server.said[:2])
    assert greeting == "ehlo downtime.example"
    assert envelope.startswith("mail from:<alerts@downtime.example>")


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtp://mail.example", "mail.example", 25, "offered"),
        ("smtps://mail.example", "mail.example", 465, "tls"),
        ("smtp://mail.example:587/?starttls=required", "mail.example", 587, "required"),
        ("smtp://[::1]:2525", "::1", 2525, "offered"),
    ],
)
def test_urls_of_mail_servers(url: str, host: str, port: int, encryption: str) -> None:
    server = parse(url)
    assert (server.host, server.port, server.encryption) == (host, port, encryption)
    assert server.login is None


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example", "http://mail.example", "smtp://", "smtp://user:secret@",
        "smtp://mail.example:secret", "smtp://mail.example:99999", "smtp://user:secret",
        "smtp://user:sec/ret@mail.example", "smtp://user:secret@mail.example/inbox",
        "smtp://user:sec#ret@mail.example", "smtp://user:sec?ret@mail.example",
        "smtp://user:secret@[mail.example", "smtp://user:secret\u2100@mail.example",
        "smtp://user:secret@mail.example?starttls=maybe",
        "smtp://user:secret@mail.example?starttls=tls",
        "smtp://user:secret@mail.example?timeout=secret",
    ],
)  # fmt: skip
def test_a_bad_url_is_refused_in_words_that_hold_no_password(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as caught:
        parse(url)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_description_of_a_server_holds_no_password() -> None:
    assert "secret" not in repr(parse("smtp://ann:secret@mail.example"))
