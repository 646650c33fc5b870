"""Requests that come in pieces are those that gunicorn's own parser finds in the whole."""

from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from server.serving.arrival import Arrival
from server.serving.limits import LARGEST_BODY, LARGEST_CHUNKED, LARGEST_HEAD
from server.serving.refusals import REFUSED, TooLarge

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CLIENT = ("192.0.2.1", 1)
FRAGMENTS = st.sampled_from(
    [
        b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /b?c HTTP/1.0\r\n\r\n",
        POST + b"Content-Length: 5\r\n\r\nab\r\n\r",
        POST + b"Content-Length: 0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\na\r\n\r\n1;b=c\r\nd\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n00\r\nA: b\r\nC: d\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"0\r\n\r\n",
        b"1\r\na\r\n",
        b"1 \r\na\r\n",
        b"5;",
        b"GET / HTTP/1.1\r\n",
        b"Header: value\r\n",
        b" folded\r\n",
        b"ab",
        b"\0",
    ]
)

Found = list[tuple[str, str, bytes]]


def found_in_pieces(pieces: list[bytes]) -> Found:
    arrival, found = Arrival(Config(), CLIENT), []
    try:
        for piece in pieces:
            arrival.add(piece)
            while request := arrival.whole():
                request.read_body()
                found.append((request.method, request.uri, request.body.read()))
                if request.should_close():
                    return found
    except REFUSED:
        pass
    return found


def found_in_all(said: bytes) -> Found:
    return list(_by_gunicorn(said))


def _by_gunicorn(said: bytes) -> Iterator[tuple[str, str, bytes]]:
    try:
        for request in RequestParser(Config(), iter([said]), CLIENT):
            body, length = request.body.read(), dict(request.headers).get("CONTENT-LENGTH")
            # Gunicorn takes what there is for all of it.
            if length is not None and len(body) < int(length):
                return
            yield request.method, request.uri, body
    except REFUSED:
        return


@given(said=st.lists(FRAGMENTS, max_size=6).map(b"".join), data=st.data())
def test_requests_are_the_same_wherever_their_bytes_are_cut(
    said: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=8)))
    ends = zip([0, *cuts], [*cuts, len(said)], strict=True)
    assert found_in_pieces([said[start:end] for start, end in ends]) == found_in_all(said)


@given(said=st.lists(FRAGMENTS, max_size=6).map(b"".join))
def test_requests_are_the_same_byte_by_byte(said: bytes) -> None:
    assert found_in_pieces([bytes([each]) for each in said]) == found_in_all(said)


@given(
    said=st.lists(FRAGMENTS | st.binary(max_size=20), max_size=6).map(b"".join)
    | st.binary(max_size=200)
)
def test_nothing_but_a_refusal_comes_of_bytes_that_are_no_request(said: bytes) -> None:
    found_in_pieces([said])


@pytest.mark.abuse(78)
@pytest.mark.parametrize(
    ("begun", "goes_on", "most", "error"),
    [
        (b"GET / HTTP/1.1\r\n", b"A: b\r\n", LARGEST_HEAD, LimitRequestHeaders),
        (POST + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), b"x", 0, TooLarge),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", LARGEST_CHUNKED, TooLarge),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1", LARGEST_CHUNKED, TooLarge),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n", LARGEST_CHUNKED, TooLarge),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 2**64, b"", 0, TooLarge),
    ],
)
def test_what_has_no_end_is_refused_before_much_of_it_is_kept(
    begun: bytes, goes_on: bytes, most: int, error: type[Exception]
) -> None:
    arrival = Arrival(Config(), CLIENT)
    arrival.add(begun)
    piece = goes_on * 10_000

    def receive() -> None:
        while arrival.size <= most:
            assert arrival.whole() is None
            arrival.add(piece)
        arrival.whole()

    with pytest.raises(error):
        receive()
