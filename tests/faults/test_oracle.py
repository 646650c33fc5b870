"""The oracle accepts a good run, and asks every rule about each monitor."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Evidence, Figures, Message, Span, Watched
from tests.faults.good_run import GOOD, MAIL, TEXT, messages, row, unseen, with_rows
from tests.faults.oracle import judge


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


def test_a_good_run_is_accepted() -> None:
    assert verdict() == []


def test_a_run_with_a_fault_that_is_admitted_everywhere_is_accepted() -> None:
    admitted = replace(unseen(1012, 1017), figures=Figures(up=138, down=50, unknown=10))
    assert verdict(admitted, Span(1010, 1020)) == []


@pytest.mark.parametrize(
    ("watched", "words"),
    [
        (replace(GOOD, rows=GOOD.rows[1:]), "has no row"),
        (with_rows(row(1012, Outcome.DOWN)), "the site answered well"),
        (unseen(1012), "no fault explains it"),
        (replace(GOOD, requests=GOOD.requests * 3), "requests between slots"),
        (replace(GOOD, outages=()), "no incident"),
        (replace(GOOD, blind=(Span(1012, 1017),)), "by the blind spans alone"),
        (replace(GOOD, figures=Figures(198, 0, 0)), "uptime is up 198"),
        (replace(GOOD, messages=()), "heard []"),
    ],
)
def test_each_rule_is_asked(watched: Watched, words: str) -> None:
    assert any(sentence.startswith("Shop: ") and words in sentence for sentence in verdict(watched))


def test_a_hidden_outage_is_named() -> None:
    nobody_saw = tuple(each for each in GOOD.requests if not 1050 <= each.at < 1100)
    hidden = [row(each.slot, Outcome.UP) for each in GOOD.rows if 1050 <= each.slot < 1100]
    watched = replace(with_rows(*hidden), requests=nobody_saw, outages=(), messages=())
    found = verdict(watched, Span(1000, 1200))
    assert (
        "Shop: nobody saw the outage from 1050 to 1100, but slots 1052 to 1092 are known" in found
    )


def test_leftovers_are_named() -> None:
    assert verdict(GOOD, rechecks=2, deliveries=0) == ["2 rechecks left"]


def test_a_message_to_a_stranger_is_named() -> None:
    stray = messages("down", channel=("email", "eve@example.test"))
    [sentence] = verdict(replace(GOOD, messages=(*GOOD.messages, *stray)))
    assert "eve@example.test heard ['down']" in sentence


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
