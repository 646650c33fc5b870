"""Streams within limits: none takes the places of others."""

from contextlib import ExitStack

import pytest

from live.limits import Places, StreamLimits, TooManyStreamsError

LIMITS = StreamLimits(session=2, organization=3, network=4, process=5)


def enter(
    opened: ExitStack, places: Places, *, session: str, owner: int, network: str = "192.0.2.1"
) -> None:
    opened.enter_context(
        places.taken(session=session.encode(), organization_id=owner, network=network)
    )


def is_refused(places: Places, *, session: str, owner: int, network: str = "192.0.2.1") -> bool:
    with ExitStack() as opened:
        try:
            enter(opened, places, session=session, owner=owner, network=network)
        except TooManyStreamsError:
            return True
    return False


def test_a_session_an_organization_a_network_and_the_process_have_so_many() -> None:
    places = Places(LIMITS)
    with ExitStack() as opened:
        enter(opened, places, session="a", owner=1)
        enter(opened, places, session="a", owner=1)
        assert is_refused(places, session="a", owner=1)
        enter(opened, places, session="b", owner=1)
        assert is_refused(places, session="c", owner=1)
        enter(opened, places, session="c", owner=2)
        assert is_refused(places, session="d", owner=3)
        enter(opened, places, session="d", owner=3, network="198.51.100.1")
        assert is_refused(places, session="e", owner=4, network="203.0.113.1")
    assert not is_refused(places, session="a", owner=1)


def fail(opened: ExitStack, places: Places) -> None:
    enter(opened, places, session="a", owner=1)
    raise ZeroDivisionError


def test_a_place_is_free_again_however_its_stream_ends() -> None:
    places = Places(LIMITS)
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), ExitStack() as opened:
            fail(opened, places)
    assert not is_refused(places, session="a", owner=1)
