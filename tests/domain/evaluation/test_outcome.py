"""Numbers and words of outcomes that are stored and shown: they may be added to, never changed."""

import re

import pytest

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import State

_STORED = {
    "none": 0,
    "slow": 1,
    "status": 10,
    "keyword_missing": 11,
    "keyword_present": 12,
    "timeout": 20,
    "dns": 21,
    "refused": 22,
    "unreachable": 23,
    "tls": 24,
    "protocol": 25,
    "redirect": 26,
    "blocked": 27,
    "closed": 28,
    "late": 32,
    "reported": 34,
    "no_result": 90,
    "internal": 91,
    "stalled": 92,
}


@pytest.mark.parametrize(("word", "number"), _STORED.items())
def test_a_cause_keeps_its_number_and_its_word(word: str, number: int) -> None:
    assert Cause(number).word == word


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_fits_two_bytes_and_reads_as_a_word(cause: Cause) -> None:
    assert 0 <= cause < 2**15
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cause.word)


def test_there_are_four_outcomes() -> None:
    assert {outcome.value for outcome in Outcome} == {"up", "degraded", "down", "unknown"}


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_also_a_state(outcome: Outcome) -> None:
    assert State(outcome).value == outcome.value
