"""The order of telling: begin, what came of it, end; one message for what is over before that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import ENDS, OPENINGS, AlertEvent
from domain.relay.notification_order import Decision, Message, Stage, decide

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOWN, DEGRADED, UP = AlertEvent.DOWN, AlertEvent.DEGRADED, AlertEvent.UP
REMINDER, ACKNOWLEDGED = AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED
FLAPPING, STABLE = AlertEvent.FLAPPING, AlertEvent.STABLE
DUE, POSTPONED, IN_HAND, NOTIFIED, LOST = Stage

Story = list[tuple[AlertEvent, Stage]]
WAIT = Decision()
LAST_IS_LEFT_OUT = Decision(cancel=(3,))


def messages(story: Story) -> list[Message]:
    return [
        Message(id=number, event=event, stage=stage, written_at=START + timedelta(seconds=number))
        for number, (event, stage) in enumerate(story)
    ]


@pytest.mark.parametrize(
    ("story", "asked", "expected"),
    [
        ([(DOWN, DUE)], 0, Decision(send=0)),
        # The end comes after the beginning, and with it if that was never told.
        ([(DOWN, IN_HAND), (UP, DUE)], 1, WAIT),
        ([(DOWN, NOTIFIED), (UP, DUE)], 1, Decision(send=1)),
        ([(DOWN, LOST), (UP, DUE)], 1, Decision(cancel=(1,))),
        ([(DOWN, DUE), (UP, DUE)], 0, Decision(send=1, merge=(0,))),
        ([(DOWN, DUE), (UP, DUE)], 1, Decision(send=1, merge=(0,))),
        ([(DOWN, POSTPONED), (UP, DUE)], 1, WAIT),
        ([(DOWN, DUE), (UP, POSTPONED)], 0, WAIT),
        ([(DOWN, DUE), (UP, NOTIFIED)], 0, Decision(cancel=(0,))),
        ([(DOWN, DUE), (UP, LOST)], 0, Decision(send=0)),
        # Of one severity after the other only the last is told late.
        ([(DEGRADED, DUE), (DOWN, DUE)], 0, Decision(cancel=(0,))),
        ([(DEGRADED, DUE), (DOWN, DUE)], 1, Decision(send=1, cancel=(0,))),
        ([(DEGRADED, IN_HAND), (DOWN, DUE)], 1, WAIT),
        ([(DEGRADED, DUE), (DOWN, LOST)], 0, Decision(send=0)),
        ([(DEGRADED, NOTIFIED), (DOWN, DUE), (UP, DUE)], 1, Decision(send=2, cancel=(1,))),
        ([(DEGRADED, NOTIFIED), (DOWN, IN_HAND), (UP, DUE)], 2, WAIT),
        ([(DEGRADED, DUE), (DOWN, DUE), (UP, DUE)], 2, Decision(send=2, merge=(0, 1))),
        # What came of it is told after the beginning, and not after the end.
        ([(DOWN, NOTIFIED), (REMINDER, DUE)], 1, Decision(send=1)),
        ([(DOWN, DUE), (REMINDER, DUE)], 1, WAIT),
        ([(DOWN, LOST), (REMINDER, DUE)], 1, Decision(cancel=(1,))),
        ([(DOWN, NOTIFIED), (REMINDER, DUE), (UP, DUE)], 1, Decision(cancel=(1,))),
        ([(DOWN, NOTIFIED), (REMINDER, DUE), (REMINDER, POSTPONED)], 1, Decision(cancel=(1,))),
        ([(DOWN, NOTIFIED), (ACKNOWLEDGED, DUE), (UP, NOTIFIED)], 1, Decision(cancel=(1,))),
        ([(DOWN, IN_HAND), (ACKNOWLEDGED, DUE)], 1, WAIT),
    ],
)
def test_what_goes_and_what_becomes_of_the_others(
    story: Story, asked: int, expected: Decision
) -> None:
    assert decide(messages(story), asked) == expected


def test_what_is_settled_otherwise_is_not_told() -> None:
    story = messages([(DOWN, NOTIFIED), (REMINDER, DUE)])
    assert decide(story, 1, is_stale=True) == Decision(cancel=(1,))


@pytest.mark.parametrize(
    ("told_after", "is_reminder", "expected"),
    [
        (1.5, True, Decision(cancel=(1,))),
        (1, True, Decision(send=1)),
        (1.5, False, Decision(send=1)),
    ],
    ids=["told after it was written", "told at that very time", "no reminder"],
)
def test_who_heard_of_the_outage_after_a_reminder_was_written_is_not_reminded(
    told_after: float,
    is_reminder: bool,  # noqa: FBT001 - a table
    expected: Decision,
) -> None:
    opening, follow_up = messages(
        [(DOWN, NOTIFIED), (REMINDER if is_reminder else ACKNOWLEDGED, DUE)]
    )
    notified_at = START + timedelta(seconds=told_after)
    assert decide([replace(opening, notified_at=notified_at), follow_up], 1) == expected


def test_who_heard_after_a_reminder_was_written_that_it_got_worse_is_not_reminded() -> None:
    degraded, down, reminder = messages([(DEGRADED, NOTIFIED), (DOWN, NOTIFIED), (REMINDER, DUE)])
    notified = [
        replace(opening, notified_at=START + timedelta(seconds=seconds))
        for opening, seconds in ((degraded, 0.5), (down, 2.5))
    ]
    assert decide([*notified, reminder], 2) == Decision(cancel=(2,))


@pytest.mark.parametrize(
    ("story", "asked", "expected"),
    [
        ([(FLAPPING, DUE)], 0, Decision(send=0)),
        ([(FLAPPING, DUE), (STABLE, DUE)], 0, Decision(cancel=(0, 1))),
        ([(FLAPPING, DUE), (STABLE, LOST)], 0, Decision(send=0)),
        ([(FLAPPING, DUE), (STABLE, DUE)], 1, WAIT),
        ([(FLAPPING, IN_HAND), (STABLE, DUE)], 1, WAIT),
        ([(FLAPPING, LOST), (STABLE, DUE)], 1, Decision(cancel=(1,))),
        ([(FLAPPING, NOTIFIED), (STABLE, DUE)], 1, Decision(send=1)),
        ([(STABLE, DUE)], 0, Decision(cancel=(0,))),
        (
            [(FLAPPING, NOTIFIED), (STABLE, NOTIFIED), (FLAPPING, LOST), (STABLE, DUE)],
            3,
            LAST_IS_LEFT_OUT,
        ),
        (
            [(FLAPPING, NOTIFIED), (STABLE, LOST), (FLAPPING, LOST), (STABLE, DUE)],
            3,
            Decision(send=3),
        ),
        # Nothing goes while another goes, nor after what came later.
        ([(FLAPPING, DUE), (STABLE, DUE), (FLAPPING, NOTIFIED)], 0, Decision(cancel=(0,))),
        ([(FLAPPING, DUE), (STABLE, DUE), (FLAPPING, LOST)], 0, Decision(cancel=(0, 1))),
        ([(FLAPPING, DUE), (STABLE, DUE), (FLAPPING, IN_HAND)], 0, WAIT),
        ([(FLAPPING, NOTIFIED), (STABLE, DUE), (FLAPPING, NOTIFIED)], 1, Decision(cancel=(1,))),
        ([(FLAPPING, NOTIFIED), (STABLE, DUE), (FLAPPING, IN_HAND)], 1, WAIT),
        ([(FLAPPING, NOTIFIED), (STABLE, DUE), (FLAPPING, DUE)], 1, Decision(send=1)),
        ([(FLAPPING, NOTIFIED), (STABLE, IN_HAND), (FLAPPING, DUE)], 2, WAIT),
        (
            [(FLAPPING, NOTIFIED), (STABLE, DUE), (FLAPPING, LOST), (STABLE, NOTIFIED)],
            1,
            Decision(cancel=(1,)),
        ),
        (
            [(FLAPPING, NOTIFIED), (STABLE, LOST), (FLAPPING, DUE), (STABLE, NOTIFIED)],
            2,
            Decision(cancel=(2,)),
        ),
    ],
)
def test_that_a_monitor_is_stable_is_told_to_who_knows_that_it_flapped(
    story: Story, asked: int, expected: Decision
) -> None:
    assert decide(messages(story), asked) == expected


def test_that_it_flaps_is_told_even_when_it_is_over_if_somebody_may_have_heard_of_it() -> None:
    flapping, stable = messages([(FLAPPING, DUE), (STABLE, DUE)])
    assert decide([replace(flapping, is_tried=True), stable], 0) == Decision(send=0)


_told_or_not = st.sampled_from([NOTIFIED, LOST, DUE])
"""Of an attempt: accepted, given up, or to be tried again."""


@given(st.integers(2, 8), st.data())
def test_whether_it_is_stable_is_told_in_the_order_in_which_it_was_so(
    count: int, data: st.DataObject
) -> None:
    story = messages([((FLAPPING, STABLE)[number % 2], DUE) for number in range(count)])
    notified: list[int] = []
    written = 0
    for _ in range(30):
        written = min(count, written + data.draw(st.integers(0, 2)))
        sent = [each.id for each in story if each.stage is IN_HAND]
        is_over = data.draw(st.booleans())
        if sent and is_over:
            end(story, sent[0], data.draw(_told_or_not), notified)
        elif due := [each.id for each in story[:written] if each.stage is DUE]:
            begin(story, decide(story[:written], data.draw(st.sampled_from(due))))
        assert sum(each.stage is IN_HAND for each in story) <= 1
    # What is still under way comes to nothing.
    story = [replace(each, stage=DUE) if each.stage is IN_HAND else each for each in story]
    while due := [each.id for each in story if each.stage is DUE]:
        decision = next(each for each in (decide(story, asked) for asked in due) if each != WAIT)
        begin(story, decision)
        if decision.send is not None:
            end(story, decision.send, NOTIFIED, notified)
    assert notified == sorted(notified)


def begin(story: list[Message], decision: Decision) -> None:
    for cancelled in decision.cancel:
        story[cancelled] = replace(story[cancelled], stage=LOST)
    if decision.send is not None:
        story[decision.send] = replace(story[decision.send], stage=IN_HAND, is_tried=True)


def end(story: list[Message], sent: int, stage: Stage, notified: list[int]) -> None:
    story[sent] = replace(story[sent], stage=stage)
    notified += [sent] if stage is NOTIFIED else []


_events = st.sampled_from([DOWN, DEGRADED, REMINDER, ACKNOWLEDGED])


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Message], int]:
    """Make a story as it can come to be: first a beginning, at most one end, one that is asked."""
    events = [draw(st.sampled_from([DOWN, DEGRADED])), *draw(st.lists(_events, max_size=5))]
    if draw(st.booleans()):
        events.append(UP)
    stages = [draw(st.sampled_from(Stage)) for _ in events]
    asked = draw(st.integers(0, len(events) - 1))
    stages[asked] = DUE
    return messages(list(zip(events, stages, strict=True))), asked


@given(stories())
def test_invariant_3_nothing_is_told_of_an_outage_before_its_beginning_or_after_its_end(
    given_story: tuple[list[Message], int],
) -> None:
    story, asked = given_story
    decision = decide(story, asked)
    if decision.send is None:
        return
    chosen = story[decision.send]
    before = [each for each in story if each.id < chosen.id and each.event in OPENINGS]
    assert not any(each.stage is NOTIFIED for each in story[chosen.id + 1 :] if each.event in ENDS)
    if chosen.event not in OPENINGS:
        assert decision.merge or any(each.stage is NOTIFIED for each in before)
        assert not any(each.stage is IN_HAND for each in before)


@given(stories())
def test_what_is_merged_or_left_out_was_never_sent_and_something_is_decided_once(
    given_story: tuple[list[Message], int],
) -> None:
    story, asked = given_story
    decision = decide(story, asked)
    touched = [
        *decision.merge,
        *decision.cancel,
        *([] if decision.send is None else [decision.send]),
    ]
    assert len(touched) == len(set(touched))
    assert all(story[each].stage in {DUE, POSTPONED} for each in touched)
    assert decision.send is None or story[decision.send].stage is DUE


@given(stories())
def test_once_nothing_is_in_hand_or_postponed_something_is_done(
    given_story: tuple[list[Message], int],
) -> None:
    story, asked = given_story
    still = [each for each in story if each.stage not in {IN_HAND, POSTPONED}]
    openings_due = [each.id for each in still if each.event in OPENINGS and each.stage is DUE]
    for each in [*openings_due, asked]:
        if decide(still, each) != WAIT:
            return
    raise AssertionError("Everything waits for something else.")
