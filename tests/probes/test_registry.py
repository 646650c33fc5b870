"""What every kind of probe has to be, and where it has to be written down."""

import socket
from dataclasses import replace
from pathlib import Path

import dns.resolver
import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.base import KindSettings, ProbeResult, Target
from probes.exchange import Request, Response
from probes.failures import ours
from probes.registry import KINDS, Kind
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.daemon import free_port

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "probes.md"
EXAMPLES = {
    "dns": "dns://example.com?type=MX",
    "ftp": "ftp://example.com",
    "grpc": "grpcs://example.com",
    "http": "https://example.com/",
    "icmp": "icmp://example.com",
    "imap": "imaps://example.com",
    "mqtt": "mqtts://example.com:8884",
    "multistep": "https://example.com/",
    "pop3": "pop3://example.com",
    "rdap": "rdap:example.com",
    "redis": "rediss://example.com",
    "smtp": "smtp://example.com:587",
    "sql": "postgresql://example.com/shop",
    "ssh": "ssh://example.com",
    "tcp": "tcp://example.com:5432",
    "tls": "tls://example.com",
    "udp": "udp://example.com:5000",
    "websocket": "wss://example.com/chat?room=1",
}

each_kind = pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=list(KINDS))
each_probe = pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in KINDS.items() if kind.probe]
)
each_look = pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in KINDS.items() if kind.probe_async]
)


def example(name: str, kind: Kind) -> Target:
    return Target(
        kind=name,
        url=kind.validate_url(EXAMPLES[name]),
        timeout_seconds=10,
        latency_threshold_ms=None,
        settings=kind.settings(),
    )


@each_kind
def test_a_kind_needs_no_settings_and_takes_no_unknown_ones(name: str, kind: Kind) -> None:
    assert issubclass(kind.settings, KindSettings), name
    with pytest.raises(ValidationError, match="extra_forbidden"):
        kind.settings.model_validate({"no_such_setting": 1})


@each_kind
def test_the_settings_of_a_kind_survive_being_stored(name: str, kind: Kind) -> None:
    stored = kind.settings().model_dump(mode="json")
    assert kind.settings.model_validate(stored) == kind.settings(), name
    assert kind.settings.model_json_schema()["additionalProperties"] is False


@each_kind
def test_an_address_is_refused_with_a_sentence_or_stored_for_good(name: str, kind: Kind) -> None:
    stored = kind.validate_url(EXAMPLES[name])
    assert kind.validate_url(stored) == stored
    with pytest.raises(ValueError, match=r"\.$"):
        kind.validate_url("")


@each_kind
def test_a_kind_is_seen_to_in_one_way(name: str, kind: Kind) -> None:
    assert sum(each is not None for each in (kind.probe, kind.probe_async)) == 1, name


@each_probe
def test_invariant_1_trouble_of_ours_is_never_down(name: str, kind: Kind) -> None:
    assert kind.probe
    conversation = kind.probe(example(name, kind))
    assert isinstance(next(conversation), Request)
    with pytest.raises(StopIteration) as ended:
        conversation.send(Response(failure=ours("Broken.")))
    result = ended.value.value
    assert isinstance(result, ProbeResult)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)


@each_look
def test_invariant_1_trouble_of_our_names_is_never_down(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: Kind
) -> None:
    # The kind that asks a name server itself has one here that nobody listens on.
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = free_port(socket.SOCK_DGRAM)
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    names = ScriptedNames(example_com=socket.EAI_AGAIN).without_answers()
    with asking(names) as probe:
        result = probe.check(example(name, kind))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail == "The name resolver of this worker does not answer."


@each_look
def test_a_kind_takes_no_settings_of_another(name: str, kind: Kind) -> None:
    with asking(ScriptedNames()) as probe:
        result = probe.check(replace(example(name, kind), settings=KindSettings()))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)


@each_kind
def test_a_kind_is_documented(name: str, kind: Kind) -> None:
    assert f"| `{name}` |" in DOCS.read_text()
    for setting in kind.settings.model_fields:
        assert f"`{setting}`" in DOCS.read_text(), setting
