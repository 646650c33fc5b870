"""The address of the check log: what makes no sense is left out, and links keep the rest."""

from datetime import UTC, datetime

import pytest

from domain.analytics.rollup import Step
from domain.evaluation.outcome import Cause, Outcome
from web.checks import listing

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def test_without_an_address_it_is_what_failed_in_a_day() -> None:
    asked = listing.read_query({}, ["default"])
    assert asked.search().outcome == (Outcome.DOWN, Outcome.DEGRADED)
    assert (NOW - asked.window(now=NOW).start).days == 1
    assert asked.step(now=NOW) is Step.HOUR
    assert (asked.address(), asked.is_narrowed) == ("/checks", False)


def test_filters_are_read_and_kept_in_links() -> None:
    given = {"outcome": "down", "cause": "timeout", "region": "eu", "q": " 503 ", "days": "7"}
    asked = listing.read_query({**given, "cursor": "abc"}, ["eu"])
    wanted = asked.search()
    assert (wanted.outcome, wanted.cause, wanted.q) == ((Outcome.DOWN,), [Cause.TIMEOUT], "503")
    assert asked.step(now=NOW) is Step.DAY
    assert asked.address("cause") == "/checks?outcome=down&region=eu&q=503&days=7"


@pytest.mark.parametrize("name", ["outcome", "cause", "region", "days"])
def test_an_unknown_value_is_left_out(name: str) -> None:
    assert not listing.read_query({name: "nonsense"}, ["eu"]).is_narrowed
