"""The oracle itself: what it says of weeks that are plain to read, and that no wrong message escapes it."""

from dataclasses import replace

import pytest

from tests.week import plan
from tests.week.oracle import TooCloseError, expected
from tests.week.organization import first
from tests.week.provider import Provider, Receipt
from tests.week.script import DAY, HOUR, STEP_WAIT, Fault, Kind, Script, Span, Watch
from tests.week.verdict import judge

OUTAGE = Span(10 * HOUR, 11 * HOUR)


def notified(watch: Watch, *faults: Fault, is_second: bool = False) -> list[tuple[str, float]]:
    script = Script(DAY, [watch], faults)
    messages = expected(script, watch, "email", is_second=is_second)
    return [(each.event, each.earliest) for each in messages]


def watch(*outages: Span, **values: object) -> Watch:
    return Watch("Site", 0, outages=list(outages), **values)  # type: ignore[arg-type] # whatever the test says


def test_an_outage_is_its_beginning_and_its_end() -> None:
    assert notified(watch(OUTAGE)) == [("down", OUTAGE.start), ("up", OUTAGE.end)]


@pytest.mark.parametrize(
    ("window", "messages"),
    [
        (Span(9 * HOUR, 12 * HOUR), []),
        (Span(9 * HOUR, 10 * HOUR + 1800), [("down", 10 * HOUR + 1800), ("up", 11 * HOUR)]),
        (Span(10 * HOUR + 1800, 12 * HOUR), [("down", 10 * HOUR), ("up", 11 * HOUR)]),
    ],
    ids=["around it", "over its beginning", "over its end"],
)
def test_planned_work(window: Span, messages: list[tuple[str, float]]) -> None:
    assert notified(watch(OUTAGE, windows=[window])) == messages


def test_a_parent_explains_what_is_down_no_longer_than_itself() -> None:
    parent = watch(OUTAGE)
    assert notified(watch(parent=parent)) == []
    longer = watch(Span(OUTAGE.start + HOUR // 2, OUTAGE.end + HOUR), parent=parent)
    assert notified(longer) == [("down", OUTAGE.end), ("up", OUTAGE.end + HOUR)]


def test_a_provider_that_is_down_makes_late_or_one_of_two() -> None:
    long = Fault(Kind.PROVIDER, Span(9 * HOUR, 12 * HOUR), "email")
    assert notified(watch(OUTAGE), long) == [("missed", 12 * HOUR)]
    short = Fault(Kind.PROVIDER, Span(9 * HOUR, 10 * HOUR + 900), "email")
    assert notified(watch(OUTAGE), short) == [("down", 10 * HOUR + 900), ("up", 11 * HOUR)]


def test_what_cannot_be_seen_is_told_when_it_can() -> None:
    blind = Fault(Kind.RESOLVER, Span(9 * HOUR, 10 * HOUR + 1800))
    assert notified(watch(OUTAGE), blind) == [("down", 10 * HOUR + 1800), ("up", 11 * HOUR)]
    assert notified(watch(OUTAGE), Fault(Kind.RESOLVER, Span(9 * HOUR, 12 * HOUR))) == []


def test_the_second_person_is_told_of_what_lasts_and_nobody_takes_care_of() -> None:
    escalating = watch(OUTAGE, escalates=True)
    assert notified(escalating, is_second=True) == [
        ("down", OUTAGE.start + STEP_WAIT),
        ("up", OUTAGE.end),
    ]
    escalating.acknowledged[OUTAGE] = OUTAGE.start + 600
    assert notified(escalating, is_second=True) == []
    assert notified(watch(OUTAGE), is_second=True) == []


def test_more_than_four_changes_in_half_an_hour_are_flapping() -> None:
    flaps = [Span(at, at + 300) for at in range(0, 1800, 600)]
    assert [event for event, _ in notified(watch(*flaps[:2], flaps=True))] == ["down", "up"] * 2
    assert [event for event, _ in notified(watch(*flaps, flaps=True))] == [
        *["down", "up"] * 2,
        "flapping",
        "stable",
    ]


def test_what_comes_at_the_same_time_is_left_open() -> None:
    with pytest.raises(TooCloseError):
        notified(watch(OUTAGE, windows=[Span(OUTAGE.start + 60, OUTAGE.end + HOUR)]))


@pytest.mark.parametrize("seed", range(5))
def test_a_week_that_is_drawn_leaves_nothing_open(seed: int) -> None:
    script = plan.script(plan.seeded(seed), monitors=100, seconds=7 * DAY, outages=3)
    assert all(
        expected(script, each, channel, is_second=is_second) is not None
        for each in script.watches
        for channel in plan.CHANNELS
        for is_second in (False, True)
    )
    assert {each.kind for each in script.faults} == set(Kind)
    assert all(
        span.end < script.seconds - 2 * HOUR for each in script.watches for span in each.down
    )


DOWN = Receipt(OUTAGE.start + 70, first(0, "email"), "1", "down", "Site")
UP = replace(DOWN, at=OUTAGE.end + 30, key="2", event="up")


def verdict(*receipts: Receipt, unmarked: str = "") -> tuple[int, int, int, int]:
    """Count false alarms, missed, duplicates and what came at the wrong time, of the mails alone."""
    texts = [replace(each, address=first(0, "sms"), key=f"{each.key}s") for each in (DOWN, UP)]
    provider = Provider({}, receipts=[*receipts, *texts])
    provider.unmarked.update(unmarked)
    found = judge(Script(DAY, [watch(OUTAGE)], []), provider)
    return len(found.false_alarms), len(found.missed), len(found.doubled), len(found.untimely)


def test_what_is_right_is_right() -> None:
    assert verdict(DOWN, UP) == (0, 0, 0, 0)


def test_whatever_is_wrong_is_found() -> None:
    assert verdict(DOWN) == (0, 1, 0, 0)
    assert verdict(UP) == (0, 1, 0, 0)
    assert verdict(DOWN, UP, replace(DOWN, key="3", at=UP.at + HOUR)) == (1, 0, 0, 0)
    assert verdict(DOWN, DOWN, UP) == (0, 0, 1, 0)
    assert verdict(DOWN, replace(UP, at=OUTAGE.end - 60)) == (0, 0, 0, 1)
    assert verdict(replace(DOWN, name="Other"), UP) == (1, 1, 0, 0)


def test_the_end_before_the_beginning_is_wrong() -> None:
    assert verdict(UP, DOWN) != (0, 0, 0, 0)


def test_messages_of_two_outages_may_cross() -> None:
    """An end that waits for its next attempt does not hold up what is told of the next outage."""
    later = Span(OUTAGE.end + 2 * HOUR, OUTAGE.end + 3 * HOUR)
    gone = Fault(Kind.PROVIDER, Span(OUTAGE.end - HOUR // 4, later.end + HOUR), "email")
    up = replace(UP, at=gone.span.end + 700)
    missed = replace(UP, at=gone.span.end + 10, key="3", event="missed")
    site = Watch("Site", 0, outages=[OUTAGE, later])
    provider = Provider({}, receipts=[DOWN, missed, up])
    found = judge(Script(DAY, [site], [gone]), provider)
    assert not [each for each in found.wrong if DOWN.address in each]


def test_a_repeat_is_right_only_after_a_kill_and_once() -> None:
    assert verdict(DOWN, DOWN, UP, unmarked="1") == (0, 0, 0, 0)
    assert verdict(DOWN, DOWN, DOWN, UP, unmarked="1") == (0, 0, 1, 0)


def test_what_is_over_may_have_begun_in_a_digest_that_was_tried_before() -> None:
    gone = Fault(Kind.PROVIDER, Span(OUTAGE.start - HOUR, OUTAGE.end + HOUR), "email")
    down = replace(DOWN, at=gone.span.end + 60, in_digest=True)
    up = replace(UP, at=gone.span.end + 60)

    def wrong(*receipts: Receipt) -> list[str]:
        script = Script(DAY, [watch(OUTAGE)], [gone])
        found = judge(script, Provider({}, receipts=list(receipts)))
        return [each for each in found.wrong if DOWN.address in each]

    assert wrong(down, up) == []
    assert wrong(replace(up, event="missed")) == []
    assert len(wrong(replace(down, in_digest=False), up)) == 3
    assert len(wrong(down)) == 1
    assert wrong(up, down) != []
