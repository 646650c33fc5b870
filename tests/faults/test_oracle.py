"""The oracle accepts a good run and names each way to go wrong."""

from dataclasses import replace

import pytest

from domain.outcome import Outcome
from tests.faults.evidence import (
    Evidence,
    Message,
    Outage,
    Row,
    Site,
    Span,
    Stretch,
    Watched,
)
from tests.faults.oracle import expected_slots, judge

MAIL, TEXT = ("email", "ann@example.test"), ("sms", "+4915550100")
SITE = Site(outages=(Span(1050, 1100),))
STRETCH = Stretch(phase=2, interval=5, from_slot=1000, until_slot=1200)


def rows() -> tuple[Row, ...]:
    """Return what a punctual worker would record, with one recheck."""
    regular = [
        Row(slot, Outcome.DOWN if 1050 <= slot < 1100 else Outcome.UP)
        for slot in sorted(expected_slots(STRETCH))
    ]
    return (*regular, Row(1053, Outcome.DOWN))


def messages(*events: str, channel: tuple[str, str] = MAIL) -> tuple[Message, ...]:
    return tuple(
        Message(1060 + number, *channel, event, f"{channel[0]}-{number}")
        for number, event in enumerate(events)
    )


GOOD = Watched(
    name="Shop",
    site=SITE,
    stretch=STRETCH,
    rows=rows(),
    outages=(Outage(1052, 1102),),
    messages=(*messages("down", "up"), *messages("down", "up", channel=TEXT)),
)


def verdict(watched: Watched = GOOD, *faults: Span, **leftovers: int) -> list[str]:
    return judge(
        Evidence(
            watched=(watched,),
            channels=(MAIL, TEXT),
            disturbed=faults,
            lossy=faults,
            leftovers=leftovers,
        )
    )


def with_row(slot: int, outcome: Outcome) -> Watched:
    others = tuple(row for row in GOOD.rows if row.slot != slot)
    return replace(GOOD, rows=(*others, Row(slot, outcome)))


def test_a_good_run_is_accepted() -> None:
    assert verdict() == []


def test_slots_are_those_of_the_phase_within_the_stretch() -> None:
    stretch = Stretch(phase=3, interval=10, from_slot=1003, until_slot=1033)
    assert expected_slots(stretch) == {1003, 1013, 1023}


def test_a_missing_row_is_named() -> None:
    watched = replace(GOOD, rows=tuple(row for row in GOOD.rows if row.slot != 1007))
    assert verdict(watched) == ["Shop: slot 1007 has no row"]


def test_a_doubled_row_is_named() -> None:
    watched = replace(GOOD, rows=(*GOOD.rows, Row(1007, Outcome.UP)))
    assert verdict(watched) == ["Shop: slot 1007 has 2 rows"]


def test_a_row_that_was_never_due_is_named() -> None:
    assert verdict(with_row(1008, Outcome.UP)) == ["Shop: slot 1008 was never due"]


def test_a_false_alarm_is_named() -> None:
    assert verdict(with_row(1012, Outcome.DOWN)) == [
        "Shop: slot 1012 is down, though the site was up"
    ]


def test_a_missed_failure_is_named() -> None:
    assert verdict(with_row(1077, Outcome.UP)) == [
        "Shop: slot 1077 is up, though the site was down"
    ]


def test_a_late_check_may_say_what_the_site_did_later() -> None:
    fault = Span(1005, 1035)
    assert verdict(with_row(1012, Outcome.DOWN), fault) == []


def test_an_unknown_without_a_fault_is_named() -> None:
    assert verdict(with_row(1017, Outcome.UNKNOWN)) == [
        "Shop: slot 1017 is unknown, and no fault explains it"
    ]


@pytest.mark.parametrize(
    ("faults", "explained"),
    [
        ([Span(1015, 1058)], True),
        ([Span(1016, 1018), Span(1047, 1049)], True),
        ([Span(1016, 1018)], False),
        ([Span(1047, 1049)], False),
        ([Span(1060, 1100)], False),
        ([Span(1000, 1030)], False),
    ],
)
def test_an_unknown_is_explained_by_faults_at_both_times_when_its_check_was_due(
    faults: list[Span], *, explained: bool
) -> None:
    found = verdict(with_row(1017, Outcome.UNKNOWN), *faults)
    assert (not any("unknown" in sentence for sentence in found)) is explained


@pytest.mark.parametrize(
    "outages",
    [
        (),
        (Outage(1052, None),),
        (Outage(1052, 1102), Outage(1150, 1160)),
        (Outage(1072, 1102),),
        (Outage(1052, 1130),),
        (Outage(1030, 1102),),
    ],
)
def test_incidents_that_differ_from_the_outages_are_named(outages: tuple[Outage, ...]) -> None:
    [sentence] = verdict(replace(GOOD, outages=outages))
    assert "incident" in sentence


@pytest.mark.parametrize(
    "heard",
    [
        (),
        ("down",),
        ("up",),
        ("up", "down"),
        ("down", "down", "up"),
        ("down", "up", "up"),
        ("missed", "up"),
    ],
)
def test_messages_that_differ_from_one_down_and_one_up_are_named(heard: tuple[str, ...]) -> None:
    watched = replace(GOOD, messages=(*messages(*heard), *messages("down", "up", channel=TEXT)))
    [sentence] = verdict(watched)
    assert "ann@example.test heard" in sentence


@pytest.mark.parametrize("heard", [("missed",), ("down", "missed")])
def test_one_message_may_tell_of_an_outage_and_its_end(heard: tuple[str, ...]) -> None:
    watched = replace(GOOD, messages=(*messages(*heard), *messages("down", "up", channel=TEXT)))
    assert verdict(watched) == []


def test_a_repeat_under_the_same_key_is_accepted() -> None:
    again = GOOD.messages[0]._replace(at=1090)
    assert verdict(replace(GOOD, messages=(*GOOD.messages, again))) == []


def test_two_events_under_one_key_are_named() -> None:
    mixed = Message(1090, *MAIL, "up", GOOD.messages[0].key)
    [sentence] = verdict(replace(GOOD, messages=(*GOOD.messages, mixed)))
    assert "under one key" in sentence


def test_a_message_to_a_stranger_is_named() -> None:
    stray = messages("down", channel=("email", "eve@example.test"))
    [sentence] = verdict(replace(GOOD, messages=(*GOOD.messages, *stray)))
    assert "eve@example.test heard ['down']" in sentence


def test_leftovers_are_named() -> None:
    assert verdict(GOOD, rechecks=2, deliveries=0) == ["2 rechecks left"]


def test_a_blip_is_no_outage() -> None:
    site = Site(outages=SITE.outages, blip_every=12)
    assert verdict(replace(with_row(1012, Outcome.DOWN), site=site)) == []


@pytest.mark.parametrize(
    ("now", "number", "status"),
    [(1000, 1, 200), (1050, 1, 500), (1099.9, 1, 500), (1100, 1, 200), (1000, 12, 503)],
)
def test_a_site_does_what_its_script_says(now: float, number: int, status: int) -> None:
    assert Site(outages=SITE.outages, blip_every=12).status(now=now, request=number) == status
