"""An episode is told once when it lasts, and its end once when that lasts."""

from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.episode import (
    BEGINS_AFTER,
    ENDS_AFTER,
    Episode,
    EpisodeChange,
    advance,
    notified,
)

LOOKS = st.lists(st.tuples(st.booleans(), st.integers(1, 90)), max_size=60)


def story(*checks: tuple[float, bool]) -> list[tuple[float, EpisodeChange]]:
    """Return what is told at which time, where the mail always works."""
    episode, found = Episode(), []
    for now, well in checks:
        episode, turn = advance(episode, well=well, now=now)
        if turn:
            found.append((now, turn))
            episode = notified(turn)
    return found


def test_what_lasts_is_told_once() -> None:
    bad = [(float(now), False) for now in range(0, 600, 15)]
    assert story(*bad) == [(60.0, EpisodeChange.BEGAN)]


def test_a_restart_is_no_episode() -> None:
    assert story((0, True), (15, False), (30, False), (60, True), (75, False), (120, False)) == []


def test_the_end_is_told_when_it_has_been_well_for_a_while() -> None:
    bad = [(float(now), False) for now in range(0, 75, 15)]
    good = [(float(now), True) for now in range(75, 300, 15)]
    assert story(*bad, *good) == [(60.0, EpisodeChange.BEGAN), (195.0, EpisodeChange.OVER)]


def test_a_moment_that_is_well_does_not_end_it() -> None:
    blinking = [(0, False), (60, False), (75, True), (90, False), (180, True), (240, True)]
    assert story(*[(float(now), well) for now, well in blinking]) == [(60.0, EpisodeChange.BEGAN)]


def test_what_could_not_be_told_is_due_at_each_further_look() -> None:
    episode, _ = advance(Episode(), well=False, now=0)
    episode, turn = advance(episode, well=False, now=60)
    assert turn is EpisodeChange.BEGAN
    episode, turn = advance(episode, well=False, now=75)
    assert turn is EpisodeChange.BEGAN
    assert advance(episode, well=True, now=90) == (Episode(), None)


@given(LOOKS)
def test_beginnings_and_ends_alternate_and_each_takes_its_time(
    checks: list[tuple[bool, int]],
) -> None:
    now, times = 0.0, []
    for well, wait in checks:
        now += wait
        times.append((now, well))
    found = story(*times)
    turns = [turn for _, turn in found]
    assert turns == [EpisodeChange.BEGAN, EpisodeChange.OVER] * (len(turns) // 2) + [
        EpisodeChange.BEGAN
    ] * (len(turns) % 2)
    for moment, turn in found:
        patience = BEGINS_AFTER if turn is EpisodeChange.BEGAN else ENDS_AFTER
        before = [well for at, well in times if moment - patience <= at <= moment]
        assert set(before) == {turn is EpisodeChange.OVER}
