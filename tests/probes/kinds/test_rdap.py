"""The kind `rdap`: the date counts, and what the registry does is no outage of the domain."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.async_probe import Failed
from probes.base import ProbeResult
from probes.kinds.rdap import RdapSettings, judge, validate_url
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target_of
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.site import ScriptedSite

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def registry() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def entry(days: float, **others: object) -> bytes:
    expires = datetime.now(UTC) + timedelta(days=days)
    events = [
        {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
        {"eventAction": "expiration", "eventDate": expires.isoformat()},
    ]
    return json.dumps({"objectClassName": "domain", "events": events, **others}).encode()


def ask(probe: Prober, registry: ScriptedSite, **settings: object) -> ProbeResult:
    all_settings = {"base_url": f"{registry.url}/", **settings}
    return probe.check(target_of("rdap", "rdap:shop.example", all_settings))


def test_a_registration_that_lasts_is_up(probe: Prober, registry: ScriptedSite) -> None:
    registry.body = entry(200)
    result = ask(probe, registry)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert registry.requests["/domain/shop.example"] == 1
    assert b"Accept: application/rdap+json" in registry.received[-1]
    assert result.timings.total > 0


@pytest.mark.parametrize(
    ("days", "settings", "outcome"),
    [
        (20.5, {}, Outcome.DEGRADED),
        (20.5, {"degraded_days": 10}, Outcome.UP),
        (20.5, {"down_days": 30}, Outcome.DOWN),
        (-3, {}, Outcome.DOWN),
    ],
)
def test_the_days_left_have_two_limits(
    probe: Prober,
    registry: ScriptedSite,
    days: float,
    settings: dict[str, int],
    outcome: Outcome,
) -> None:
    registry.body = entry(days)
    result = ask(probe, registry, **settings)
    assert result.outcome is outcome
    assert result.cause is (Cause.NONE if outcome is Outcome.UP else Cause.EXPIRY)


def test_a_registry_leads_on_to_another(probe: Prober, registry: ScriptedSite) -> None:
    with ScriptedSite() as other:
        other.body = entry(200)
        registry.answer = (
            f"HTTP/1.1 302 Found\r\nLocation: {other.url}/x\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        assert ask(probe, registry).outcome is Outcome.UP
        assert other.requests["/x"] == 1


def test_redirects_that_go_round_are_ended(probe: Prober, registry: ScriptedSite) -> None:
    registry.answer = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    result = ask(probe, registry)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert registry.count <= 6


def test_a_domain_that_is_not_registered_is_down(probe: Prober, registry: ScriptedSite) -> None:
    registry.answer = 404
    result = ask(probe, registry)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.EXPIRY)
    assert result.detail == "The domain shop.example is not registered."


def test_a_domain_that_is_being_given_up_is_down(probe: Prober, registry: ScriptedSite) -> None:
    registry.body = entry(200, status=["pending delete", 7])
    result = ask(probe, registry)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.EXPIRY)
    assert result.detail == "The domain is about to be deleted: pending delete."


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_invariant_1_a_registry_that_refuses_says_nothing_of_the_domain(
    probe: Prober, registry: ScriptedSite, status: int
) -> None:
    registry.answer = status
    result = ask(probe, registry)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail == f"The registry could not be queried: it answered {status}."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 100_000,
        b'{"events": 7}',
        b'{"events": [7, {"eventAction": "expiration", "eventDate": "soon"}]}',
        b'{"events": [{"eventAction": "expiration", "eventDate": null}]}',
    ],
)
def test_invariant_1_garbage_of_a_registry_is_unknown(
    probe: Prober, registry: ScriptedSite, body: bytes
) -> None:
    registry.body = body
    result = ask(probe, registry)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail.startswith("The registry ")


def test_invariant_1_a_registry_that_is_away_is_unknown(probe: Prober, nobody: str) -> None:
    result = probe("rdap:shop.example", kind="rdap", base_url=f"{nobody}/")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail.startswith("The registry could not be queried: Connection refused on port")


def test_the_registry_has_to_pass_the_guard(registry: ScriptedSite) -> None:
    with asking(ScriptedNames(), EgressPolicy("public")) as probe:
        result = ask(probe, registry)
    assert result.outcome is Outcome.UNKNOWN
    assert registry.count == 0


def test_a_date_without_a_zone_is_that_of_utc() -> None:
    with pytest.raises(Failed, match=r"The registration expired on 2029-12-31\."):
        judge(NOW - timedelta(hours=1), RdapSettings(), NOW)
    assert judge(NOW + timedelta(days=31), RdapSettings(), NOW).outcome is Outcome.UP


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "shop.example",
        "rdap:example",
        "rdap:192.0.2.1",
        "rdap:[::1]",
        "rdap:shop.example/x",
        "rdap:shop.example?x",
        "rdap:shop .example",
        "rdap:user@shop.example",
        "rdap:-.example.",
        "http://shop.example",
    ],
)
def test_a_bad_domain_is_refused_in_words(bad: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        validate_url(bad)


def test_a_domain_is_stored_in_one_way() -> None:
    assert validate_url("rdap://Münze.Example/") == "rdap:xn--mnze-0ra.example"


@pytest.mark.parametrize("bad", ["ftp://x.test/", "https://x.test/a", "https://x.test/?a=/"])
def test_a_bad_registry_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        RdapSettings(base_url=bad)
    assert RdapSettings(base_url="https://x.test").base_url == "https://x.test/"


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValidationError, match="may not be above"):
        RdapSettings(degraded_days=3, down_days=4)
