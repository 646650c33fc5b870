"""The kinds of probe.

A new kind is one file, one line here, one test file, and one row in docs/reference/probes.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from probes.auth.registry import SCHEMES
from probes.base import KindSettings, Target
from probes.exchange import Conversation
from probes.kinds import (
    dns,
    ftp,
    grpc,
    http,
    icmp,
    imap,
    mqtt,
    pop3,
    rdap,
    redis,
    smtp,
    sql,
    ssh,
    tcp,
    tls,
    udp,
    websocket,
)
from probes.kinds.multistep import probe as multistep
from probes.network.network import AsyncProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of probe.

    `validate_url` returns the address as it is stored, or raises a `ValueError` for the user.
    `probe` is a conversation with the target that returns a result; the engine runs it.
    `probe_async` is a coroutine with the same task, for protocols that libcurl does not speak. A
    kind has one of the two.
    `schemes` are the authorization schemes of the credentials that it takes. A kind that takes any
    also needs `ports`: the schemes of its addresses, each with its default port. `nests` means that
    several credentials authorize one request; otherwise a check logs in with one at most.
    `metered_by` is the setting whose entries each count as a check.
    """

    settings: type[KindSettings]
    validate_url: Callable[[str], str]
    probe: Callable[[Target], Conversation] | None = None
    probe_async: AsyncProbe | None = None
    schemes: frozenset[str] = frozenset()
    ports: Mapping[str, int | None] = field(default_factory=dict)
    nests: bool = False
    metered_by: str | None = None


_TLS = frozenset({"ca_bundle", "client_certificate"})
_LOGIN = _TLS | {"basic"}
_SSH = frozenset({"ssh_key"})

KINDS: dict[str, Kind] = {
    "http": Kind(
        settings=http.HttpSettings,
        validate_url=http.validate_url,
        probe=http.probe,
        schemes=frozenset(SCHEMES) - _SSH,
        ports={"http": 80, "https": 443},
        nests=True,
    ),
    "dns": Kind(
        settings=dns.DnsSettings, validate_url=dns.validate_url, probe_async=dns.probe_async
    ),
    "ftp": Kind(
        settings=ftp.FtpSettings,
        validate_url=ftp.validate_url,
        probe_async=ftp.probe_async,
        schemes=_LOGIN,
        ports=ftp.PORTS,
    ),
    "grpc": Kind(
        settings=grpc.GrpcSettings,
        validate_url=grpc.validate_url,
        probe=grpc.probe,
        schemes=grpc.SCHEMES,
        ports=grpc.PORTS,
        nests=True,
    ),
    "icmp": Kind(
        settings=icmp.IcmpSettings, validate_url=icmp.validate_url, probe_async=icmp.probe_async
    ),
    "imap": Kind(
        settings=imap.ImapSettings,
        validate_url=imap.validate_url,
        probe_async=imap.probe_async,
        schemes=_LOGIN,
        ports=imap.PORTS,
    ),
    "mqtt": Kind(
        settings=mqtt.MqttSettings,
        validate_url=mqtt.validate_url,
        probe_async=mqtt.probe_async,
        schemes=_LOGIN,
        ports=mqtt.PORTS,
    ),
    "multistep": Kind(
        settings=multistep.MultistepSettings,
        validate_url=multistep.validate_url,
        probe=multistep.probe,
        schemes=frozenset(SCHEMES) - _SSH,
        ports={"http": 80, "https": 443},
        nests=True,
        metered_by="steps",
    ),
    "pop3": Kind(
        settings=pop3.Pop3Settings,
        validate_url=pop3.validate_url,
        probe_async=pop3.probe_async,
        schemes=_LOGIN,
        ports=pop3.PORTS,
    ),
    "rdap": Kind(settings=rdap.RdapSettings, validate_url=rdap.validate_url, probe=rdap.probe),
    "redis": Kind(
        settings=redis.RedisSettings,
        validate_url=redis.validate_url,
        probe_async=redis.probe_async,
        schemes=_LOGIN,
        ports=redis.PORTS,
    ),
    "smtp": Kind(
        settings=smtp.SmtpSettings,
        validate_url=smtp.validate_url,
        probe_async=smtp.probe_async,
        schemes=_LOGIN,
        ports=smtp.PORTS,
    ),
    "sql": Kind(
        settings=sql.SqlSettings,
        validate_url=sql.validate_url,
        probe_async=sql.probe_async,
        schemes=_LOGIN,
        ports=sql.PORTS,
    ),
    "ssh": Kind(
        settings=ssh.SshSettings,
        validate_url=ssh.validate_url,
        probe_async=ssh.probe_async,
        schemes=_SSH | {"basic"},
        ports=ssh.PORTS,
    ),
    "tcp": Kind(
        settings=tcp.TcpSettings, validate_url=tcp.validate_url, probe_async=tcp.probe_async
    ),
    "tls": Kind(
        settings=tls.TlsSettings,
        validate_url=tls.validate_url,
        probe_async=tls.probe_async,
        schemes=_TLS,
        ports=tls.PORTS,
    ),
    "udp": Kind(
        settings=udp.UdpSettings, validate_url=udp.validate_url, probe_async=udp.probe_async
    ),
    "websocket": Kind(
        settings=websocket.WebsocketSettings,
        validate_url=websocket.validate_url,
        probe_async=websocket.probe_async,
        schemes=_TLS | {"api_key", "basic", "bearer", "cloudflare_access", "headers"},
        ports=websocket.PORTS,
        nests=True,
    ),
}


def schemes_of(kind: str) -> frozenset[str]:
    """Return the schemes of the credentials that this kind takes: none if it is no probe."""
    return KINDS[kind].schemes if kind in KINDS else frozenset()
