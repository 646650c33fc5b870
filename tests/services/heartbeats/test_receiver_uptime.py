"""Notes of an API that takes requests: one stretch as long as they come, and gaps between."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import PingReceiverSpan
from services.heartbeats import receiver_uptime
from tests.services.pinged import T, at


def noted(session: Session) -> list[tuple[object, object]]:
    rows = session.scalars(select(PingReceiverSpan).order_by(PingReceiverSpan.id))
    return [(row.began_at, row.until_at) for row in rows]


def test_notes_lengthen_one_stretch_and_begin_another_after_a_gap(session: Session) -> None:
    for minutes in (0, 0.1, 0.2, 2, 2.1):
        receiver_uptime.note(session, now=at(minutes))
    assert noted(session) == [(at(0), at(0.2)), (at(2), at(2.1))]


def test_a_clock_that_was_set_back_shortens_no_stretch(session: Session) -> None:
    for minutes in (1, 0):
        receiver_uptime.note(session, now=at(minutes))
    assert noted(session) == [(at(1), at(1))]
    assert receiver_uptime.known_until(session, now=at(0)) == at(0)


def test_several_apis_are_one_listener(committed: Engine) -> None:
    with Session(committed) as one, Session(committed) as other:
        receiver_uptime.note(one, now=at(0))
        receiver_uptime.note(other, now=at(0.01))
        one.commit()
        other.commit()
        receiver_uptime.note(other, now=at(0.1))
        other.commit()
        assert noted(one) == [(at(0), at(0.1))]


def test_what_is_known_follows_the_last_note_or_ends_before_what_may_still_be_noted(
    session: Session,
) -> None:
    assert receiver_uptime.known_until(session, now=T) == at(-1 / 3)
    receiver_uptime.note(session, now=at(0))
    assert receiver_uptime.known_until(session, now=at(0.1)) == at(0)
    assert receiver_uptime.known_until(session, now=at(10)) == at(10 - 1 / 3)


def test_stretches_are_forgotten_after_years_only(session: Session) -> None:
    day = 24 * 60
    for minutes in (0, 399 * day, 401 * day):
        receiver_uptime.note(session, now=at(minutes))
    assert [began for began, _ in noted(session)] == [at(399 * day), at(401 * day)]
