"""The story of the demo, whenever it ends: in order, within thirty days, and always the same."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.demo.story.past import DAYS, Outage, Story, Watched
from devstack.demo.story.shop import until
from domain.evaluation.state import Severity

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
MOMENTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2034, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)


def named(story: Story, name: str) -> Watched:
    return next(each for each in story.monitors if each.name == name)


@given(now=MOMENTS)
def test_outages_are_in_order_and_apart(now: datetime) -> None:
    for watched in until(now).monitors:
        for before, after in pairwise(watched.outages):
            assert before.end is not None
            assert before.start < before.end < after.start


@given(now=MOMENTS)
def test_everything_lies_within_the_thirty_days(now: datetime) -> None:
    story = until(now)
    assert story.start == now - timedelta(days=DAYS)
    for watched in story.monitors:
        ends = watched.paused_at or now
        for outage in watched.outages:
            assert story.start < outage.start < (outage.end or now) <= ends
        for run in watched.runs:
            assert story.start < run.start < run.end < now


@given(now=MOMENTS)
def test_an_acknowledgement_lies_within_its_outage(now: datetime) -> None:
    for watched in until(now).monitors:
        for outage in watched.outages:
            if outage.acknowledged_at is not None:
                assert outage.start < outage.acknowledged_at < (outage.end or now)


@given(now=MOMENTS)
def test_no_outage_touches_the_time_in_which_nothing_was_probed(now: datetime) -> None:
    story = until(now)
    began, ended = story.blind
    for watched in story.monitors:
        if not watched.runs:
            for outage in watched.outages:
                assert (outage.end or now) < began or ended < outage.start


@given(now=MOMENTS)
def test_a_missed_run_is_the_last_and_a_failed_one_lasts_until_the_next(now: datetime) -> None:
    backup = named(until(now), "nightly-backup")
    failed, missed = backup.outages
    assert [run.end for run in backup.runs if run.exit_code] == [failed.start]
    assert failed.end in {run.end for run in backup.runs}
    assert missed.start > backup.runs[-1].end


@given(now=MOMENTS)
def test_the_job_that_is_well_is_not_expected_for_days(now: datetime) -> None:
    export = named(until(now), "invoice-export")
    assert now - export.runs[-1].end < timedelta(days=2)
    for before, after in pairwise(export.runs):
        assert timedelta(days=6.9) < after.end - before.end < timedelta(days=7.1)


def test_it_is_the_same_story_every_time() -> None:
    assert until(NOW) == until(NOW)


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("Product search", Severity.DOWN),
        ("Images CDN", Severity.DEGRADED),
        ("nightly-backup", Severity.DOWN),
    ],
)
def test_three_outages_go_on(name: str, severity: Severity) -> None:
    story = until(NOW)
    going_on: dict[str, Outage] = {
        watched.name: outage
        for watched in story.monitors
        for outage in watched.outages
        if outage.end is None
    }
    assert len(going_on) == 3
    assert going_on[name].severity is severity
