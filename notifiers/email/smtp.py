"""The operator's mail server: where it is, and one conversation with it that ends in bounded time."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from security.egress.guarded_socket import DEADLINE, OPERATORS_CHOICE, DeadlineTlsSocket, connect

_CONNECT_SECONDS = 8.0
_READY = 220
_FORM = "SMTP_URL must look like smtp://user:password@host:port."
_PORTS = {"smtp": smtplib.SMTP_PORT, "smtps": smtplib.SMTP_SSL_PORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`encryption` is `tls` from the first byte, or STARTTLS: `offered`, `required`, `never`."""

    host: str
    port: int
    encryption: str
    login: tuple[str, str] | None = field(repr=False)
    trust: ssl.SSLContext = field(repr=False, compare=False)


def parse(url: str) -> MailServer:
    """Read `smtp[s]://[user:password@]host[:port][?starttls=required&cafile=/path]`.

    A `ValueError` says what is wrong without the URL, since that may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.fragment:
        raise ValueError(_FORM)
    encryption, cafile = _options(parts)
    return MailServer(
        host=host,
        port=port or _PORTS[parts.scheme],
        encryption=encryption,
        login=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
        trust=_trust(cafile),
    )


def _options(parts: SplitResult) -> tuple[str, str | None]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    cafile = options.pop("cafile", None)
    starttls = options.pop("starttls", "offered")
    implicit = parts.scheme == "smtps"
    if options or starttls not in ("offered", "required", "never"):
        raise ValueError("SMTP_URL takes ?starttls=required or =never, and ?cafile=.")
    return ("tls" if implicit else starttls), cafile


def _trust(cafile: str | None) -> ssl.SSLContext:
    # SSL_CERT_FILE of the process counts where no file is named.
    context = ssl.create_default_context(cafile=cafile)
    context.sslsocket_class = DeadlineTlsSocket
    return context


def deliver(
    server: MailServer, message: EmailMessage, *, sender: str, recipient: str, seconds: float
) -> str:
    """Hand over one message and return what the server answered to it.

    Raises `smtplib.SMTPException` or `OSError`, `seconds` after the start at the latest.
    """
    with _deadline(seconds):
        # The operator named this server in the settings, and may well have it on a private address.
        sock = connect(server.host, server.port, _CONNECT_SECONDS, OPERATORS_CHOICE)
        sock.settimeout(seconds)
        # Servers expect a full name here, and asking the system for ours may wait for DNS.
        smtp = _Conversation(local_hostname=sender.rpartition("@")[2])
        with sock, closing(smtp):
            smtp.begin(server, sock)
            smtp.send_message(message, sender, [recipient])
            answer = smtp.answer
            # It is accepted: how the server takes our leave does not matter.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            return answer


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    token = DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        DEADLINE.reset(token)


class _Conversation(smtplib.SMTP):
    """Begins on a socket that is connected already, and remembers the last answer."""

    answer = ""

    def begin(self, server: MailServer, sock: socket.socket) -> None:
        # starttls() compares the certificate with this name.
        self._host = server.host
        implicit = server.encryption == "tls"
        self.sock = (
            server.trust.wrap_socket(sock, server_hostname=server.host) if implicit else sock
        )
        code, text = self.getreply()
        if code != _READY:
            raise smtplib.SMTPConnectError(code, text)
        if server.encryption in ("offered", "required"):
            self._encrypt(server)
        if server.login:
            self.login(*server.login)

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        self.answer = text.decode(errors="replace")
        return code, text

    def _encrypt(self, server: MailServer) -> None:
        self.ehlo_or_helo_if_needed()
        if self.has_extn("starttls"):
            self.starttls(context=server.trust)
        elif server.encryption == "required" or server.login:
            # Whoever sits between could take the offer away to read the password.
            raise smtplib.SMTPException("The server does not offer STARTTLS.")
