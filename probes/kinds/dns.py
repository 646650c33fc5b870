"""The kind `dns`: queries a name server for records, and compares them."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.reversename
from pydantic import Field, StringConstraints, field_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, Failed, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint, split_endpoint
from probes.failures import ours
from probes.kinds.dns_records import comparable, names_in, values_of
from probes.network.lookup_failures import shown
from probes.network.network import Datagrams, Network
from probes.network.resolver import CANARY
from probes.urls import Url, UrlError
from security.egress.guard import OPERATORS_CHOICE

_NAME: dict[str, int | None] = {"dns": 0}
_SERVER: dict[str, int | None] = {"dns": 53}
_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
_QUERY = re.compile(r"/?(?:\?type=([A-Za-z]{1,5}))?")
_RESEND_SECONDS = 1.0
_MOST_SHOWN = 20
_SILENT = ours("The name resolver of this worker does not answer.")


class DnsSettings(AsyncProbeSettings):
    """The query and the expected answer.

    `ip_version` applies to the connection to the name server.
    """

    example: ClassVar[Example] = Example(
        "dns://shop.example.com", {"expected": ["192.0.2.10"], "expected_mode": "contains"}
    )

    server: str = Field(
        default="",
        max_length=260,
        description=(
            "The name server, with its port unless it is 53. If empty, the worker's own"
            " resolver is queried."
        ),
    )
    expected: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=500)], ...],
        Field(max_length=20),
    ] = Field(
        default=(), description="The expected values of the records, such as `10 mail.example.com`."
    )
    expected_mode: Literal["contains", "exact"] = Field(
        default="contains",
        description=(
            "`contains`: the answer has all expected values. `exact`: it has no others either."
        ),
    )

    @field_validator("server")
    @classmethod
    def _check_server(cls, server: str) -> str:
        return parse_endpoint(f"dns://{server}", _SERVER).text[len("dns://") :] if server else ""


def validate_url(text: str) -> str:
    url, kind = _parse(text)
    return f"{url.text}?type={kind}"


def _parse(text: str) -> tuple[Url, str]:
    url, rest = split_endpoint(text, _NAME)
    match = _QUERY.fullmatch(rest)
    kind = (match[1] or "A").upper() if match else ""
    if kind not in _TYPES:
        raise UrlError(f"After the name, only ?type= is accepted, with one of {', '.join(_TYPES)}.")
    if url.port:
        raise UrlError("A name has no port. Set the port of the name server in the settings.")
    if url.literal and kind != "PTR":
        raise UrlError("For an address, only the PTR record can be queried.")
    return url, kind


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Query the server, and judge the answer."""
    settings = settings_of(target, DnsSettings)
    url, kind = _parse(target.url)
    name = dns.reversename.from_address(url.literal).to_text() if url.literal else url.host
    query = dns.message.make_query(name, kind)
    if settings.server:
        server = parse_endpoint(f"dns://{settings.server}", _SERVER)
        answer = await _exchange(query, server, network, settings)
    else:
        network.judge_name(url.host)
        answer = await _ask_our_own(query, network, settings)
        for each in names_in(answer):
            network.judge_name(each)
    _judge(answer, url.host, kind, settings)
    return UP


async def _ask_our_own(
    query: dns.message.Message, network: Network, settings: DnsSettings
) -> dns.message.Message:
    """Query the resolver of this worker, whose own failure must not count against the name."""
    trusting = replace(network, policy=OPERATORS_CHOICE)
    canary = dns.message.make_query(CANARY, "A")
    servers = _own_servers()
    share = network.clock.seconds_left / (2 * len(servers))
    for server in servers:
        answer = await _within(share, query, server, trusting, settings)
        if answer and answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return answer
        proof = await _within(share * 0.9, canary, server, trusting, settings)
        if proof and proof.rcode() == dns.rcode.NXDOMAIN:
            if answer is None:
                raise failed(Cause.DNS, "The name servers of this name do not answer.")
            return answer
    # The configuration of this machine may have changed since it was read.
    dns.resolver.default_resolver = None
    raise Failed(_SILENT)


def _own_servers() -> list[Url]:
    try:
        resolver = dns.resolver.get_default_resolver()
    except dns.exception.DNSException:
        raise Failed(_SILENT) from None
    addresses = [each for each in resolver.nameservers if isinstance(each, str)]
    if not addresses:
        raise Failed(_SILENT)
    return [Url("dns", each, resolver.port, each) for each in addresses]


async def _within(
    seconds: float,
    query: dns.message.Message,
    server: Url,
    network: Network,
    settings: DnsSettings,
) -> dns.message.Message | None:
    with suppress(OSError):
        async with asyncio.timeout(seconds):
            return await _exchange(query, server, network, settings)
    return None


async def _exchange(
    query: dns.message.Message, server: Url, network: Network, settings: DnsSettings
) -> dns.message.Message:
    """Send the query until it is answered; a truncated answer is fetched over TCP."""
    # On any other port, a server might be another service that amplifies.
    any_port = server.port == _SERVER["dns"]
    opened = await network.datagrams(server, settings.ip_version, any_port=any_port)
    network.clock.step("query")
    answer = None
    while answer is None:
        await opened.write(query.to_wire(), shown=_shown(query))
        with suppress(TimeoutError):
            async with asyncio.timeout(_RESEND_SECONDS):
                answer = await _answer(opened, query)
    network.clock.note_received(_shown(answer))
    if not answer.flags & dns.flags.TC:
        return answer
    stream = await network.connect(server, settings.ip_version, any_port=any_port)
    stream.step("query")
    await stream.write(query.to_wire(prepend_length=True), shown=_shown(query))
    size = int.from_bytes(await stream.read_exactly(2))
    answer = _understood(await stream.read_exactly(size))
    stream.retell(_shown(answer))
    return answer


def _shown(message: dns.message.Message) -> bytes:
    """Return the question and the records of a message as a record shows them."""
    sections = (message.question, message.answer, message.authority)
    lines = [each.to_text() for section in sections for each in section[:_MOST_SHOWN]]
    is_answer = message.flags & dns.flags.QR
    code = [dns.rcode.to_text(message.rcode())] if is_answer else []
    return "\n".join([*code, *lines]).encode()


async def _answer(opened: Datagrams, query: dns.message.Message) -> dns.message.Message:
    while True:
        answer = _understood(await opened.read(shown=b""))
        if query.is_response(answer):
            return answer


def _understood(wire: bytes) -> dns.message.Message:
    try:
        return dns.message.from_wire(wire, raise_on_truncation=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise failed(Cause.PROTOCOL, "The answer is not valid DNS.") from error


def _judge(answer: dns.message.Message, name: str, kind: str, settings: DnsSettings) -> None:
    if answer.rcode() == dns.rcode.NXDOMAIN:
        raise failed(Cause.DNS, f"The name {shown(name)} does not exist.")
    if answer.rcode() != dns.rcode.NOERROR:
        code = dns.rcode.to_text(answer.rcode())
        raise failed(Cause.DNS, f"The name server answered {code}.")
    found = values_of(answer, kind)
    if not found:
        raise failed(Cause.ANSWER, f"The name {shown(name)} has no {kind} record.")
    wanted = {comparable(each, kind): each for each in settings.expected}
    if missing := [text for value, text in wanted.items() if value not in found]:
        raise failed(Cause.ANSWER, f"No {kind} record is {_some(missing)}; found {_some(found)}.")
    others = [each for each in found if each not in wanted]
    if wanted and settings.expected_mode == "exact" and others:
        raise failed(Cause.ANSWER, f"Unexpected {kind} records: {_some(others)}.")


def _some(values: Sequence[str]) -> str:
    return quoted(", ".join(values).encode())
