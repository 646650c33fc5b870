"""The kinds of probe. A new kind is one file, one line here, one test file, one row in docs/probes.md."""

from collections.abc import Callable
from dataclasses import dataclass

from probes.base import KindSettings, Target
from probes.exchange import Conversation
from probes.kinds import (
    dns,
    ftp,
    http,
    icmp,
    imap,
    mqtt,
    pop3,
    rdap,
    smtp,
    ssh,
    tcp,
    tls,
    udp,
    websocket,
)
from probes.network.network import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of probe.

    `validate_url` returns the address as it is stored, or raises a `ValueError` for the user.
    `probe` holds the conversation with the target that ends in a verdict; the engine runs it.
    `look` does the same as a coroutine, for what libcurl does not speak. A kind has one of them.
    """

    settings: type[KindSettings]
    validate_url: Callable[[str], str]
    probe: Callable[[Target], Conversation] | None = None
    look: Look | None = None
    takes_credentials: bool = False


KINDS: dict[str, Kind] = {
    "http": Kind(
        settings=http.HttpSettings,
        validate_url=http.validate_url,
        probe=http.probe,
        takes_credentials=True,
    ),
    "dns": Kind(settings=dns.DnsSettings, validate_url=dns.validate_url, look=dns.look),
    "ftp": Kind(settings=ftp.FtpSettings, validate_url=ftp.validate_url, look=ftp.look),
    "icmp": Kind(settings=icmp.IcmpSettings, validate_url=icmp.validate_url, look=icmp.look),
    "imap": Kind(settings=imap.ImapSettings, validate_url=imap.validate_url, look=imap.look),
    "mqtt": Kind(settings=mqtt.MqttSettings, validate_url=mqtt.validate_url, look=mqtt.look),
    "pop3": Kind(settings=pop3.Pop3Settings, validate_url=pop3.validate_url, look=pop3.look),
    "rdap": Kind(settings=rdap.RdapSettings, validate_url=rdap.validate_url, probe=rdap.probe),
    "smtp": Kind(settings=smtp.SmtpSettings, validate_url=smtp.validate_url, look=smtp.look),
    "ssh": Kind(settings=ssh.SshSettings, validate_url=ssh.validate_url, look=ssh.look),
    "tcp": Kind(settings=tcp.TcpSettings, validate_url=tcp.validate_url, look=tcp.look),
    "tls": Kind(settings=tls.TlsSettings, validate_url=tls.validate_url, look=tls.look),
    "udp": Kind(settings=udp.UdpSettings, validate_url=udp.validate_url, look=udp.look),
    "websocket": Kind(
        settings=websocket.WebsocketSettings,
        validate_url=websocket.validate_url,
        look=websocket.look,
    ),
}


def takes_credentials(kind: str) -> bool:
    """Return whether it is a kind of probe that authorizes itself."""
    return kind in KINDS and KINDS[kind].takes_credentials
