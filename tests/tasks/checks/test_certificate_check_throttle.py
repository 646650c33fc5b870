"""Which checks look at the certificate: few, but the first, and until there was something to see."""

from datetime import UTC, datetime

from domain.evaluation.outcome import Outcome
from domain.expiry import Expiry, Subject
from probes.base import ProbeResult
from tasks.checks.certificate_check_throttle import CertificateCheckThrottle

UP = ProbeResult(outcome=Outcome.UP)
DOWN = ProbeResult(outcome=Outcome.DOWN)
SEEN = ProbeResult(
    outcome=Outcome.DOWN,
    expiry=Expiry(Subject.CERTIFICATE, datetime(2030, 1, 1, tzinfo=UTC), "c1"),
)


def test_the_first_check_looks_and_then_one_an_hour() -> None:
    turns = CertificateCheckThrottle()
    assert turns.comes(1, 1, 1000)
    turns.done(1, 1, UP, 1000)
    assert not turns.comes(1, 1, 1060)
    turns.done(1, 1, UP, 1060)
    assert not turns.comes(1, 1, 4599)
    assert turns.comes(1, 1, 4600)


def test_a_check_that_failed_before_the_certificate_came_leaves_it_to_the_next() -> None:
    turns = CertificateCheckThrottle()
    turns.done(1, 1, DOWN, 1000)
    assert turns.comes(1, 1, 1060)
    turns.done(1, 1, SEEN, 1060)
    assert not turns.comes(1, 1, 1120)


def test_another_version_of_a_monitor_looks_anew() -> None:
    turns = CertificateCheckThrottle()
    turns.done(1, 1, UP, 1000)
    assert turns.comes(1, 2, 1001)
    assert turns.comes(2, 1, 1001)
