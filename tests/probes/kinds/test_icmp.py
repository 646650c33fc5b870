"""The kind `icmp`, against the system's own answers."""

import os
import struct
import time

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.icmp import IcmpSettings, Pings, judge, validate_url
from probes.network.phases import Clock
from security.egress.guard import EgressPolicy
from tests.probes.conftest import LOOPBACKS, Prober
from tests.probes.network.test_async_resolver import ScriptedNames, asking


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_host_that_answers_is_up_and_timed_by_its_answers(probe: Prober, host: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    result = probe(f"icmp://{shown}", kind="icmp", count=4)
    assert result.outcome is Outcome.UP
    assert 0 < result.timings.first_byte == result.timings.total < 1_000_000


def test_a_metadata_address_is_not_pinged(probe: Prober) -> None:
    result = probe("icmp://169.254.169.254", kind="icmp")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_a_name_that_leads_inside_is_not_pinged() -> None:
    names = ScriptedNames(inside_test=["10.0.0.1", "224.0.0.1", "255.255.255.255"])
    with asking(names, EgressPolicy("public")) as probe:
        assert probe("icmp://inside.test", kind="icmp").cause is Cause.BLOCKED


def answered(sent: int, of: int) -> Pings:
    pings = Pings(os.urandom(16), is_v6=False, sent=[], times={})
    for number in range(of):
        request = pings.request()
        if number < sent:
            pings.take(b"\x00" + request[1:])
    return pings


@pytest.mark.parametrize(
    ("came_back", "outcome"),
    [
        (10, Outcome.UP),
        (9, Outcome.UP),
        (8, Outcome.DEGRADED),
        (4, Outcome.DOWN),
        (0, Outcome.DOWN),
    ],
)
def test_loss_is_judged_by_its_limits(came_back: int, outcome: Outcome) -> None:
    settings = IcmpSettings(count=10, degraded_loss_percent=20, down_loss_percent=60)
    result = judge(answered(came_back, of=10), settings, Clock(3).timings(), 3)
    assert result.outcome is outcome
    if outcome is not Outcome.UP:
        assert result.cause is Cause.TIMEOUT
        assert result.detail == f"{10 - came_back} of 10 pings were not answered within 3 s."


def test_only_the_answers_to_these_pings_count() -> None:
    pings = Pings(os.urandom(16), is_v6=False, sent=[], times={})
    request = pings.request()
    answer = b"\x00" + request[1:]
    for packet in (
        b"",
        b"\x00",
        request,
        answer[:20],
        answer[:8] + bytes(16),
        answer[:6] + struct.pack("!H", 7) + answer[8:],
        b"\x4f" + answer,
    ):
        pings.take(packet)
    assert pings.times == {}
    pings.take(b"\x45" + bytes(19) + answer)
    assert list(pings.times) == [0]


def test_an_answer_that_comes_twice_counts_once_and_keeps_its_time() -> None:
    pings = Pings(os.urandom(16), is_v6=True, sent=[], times={})
    answer = b"\x81" + pings.request()[1:]
    pings.take(answer)
    first = dict(pings.times)
    time.sleep(0.01)
    pings.take(answer)
    assert pings.times == first


def test_settings_and_addresses_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="may not be above"):
        IcmpSettings(degraded_loss_percent=50, down_loss_percent=20)
    with pytest.raises(ValueError, match="Pings have no port"):
        validate_url("icmp://example.com:80")
    assert validate_url("icmp://[0:0::1]/") == "icmp://[::1]"
