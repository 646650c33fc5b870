"""What real, badly behaved servers get: the right outcome, its cause, in time, and no harm done."""

import socket
import time
from collections.abc import Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.conftest import LOOPBACKS, Prober
from tests.servers import hostile
from tests.servers.hostile import OK, saying
from tests.servers.raw import RawServer, Talk
from tests.servers.site import ScriptedSite


@pytest.fixture(autouse=True)
def goes_on(probe: Prober) -> Iterator[None]:
    """After each of these tests the engine still sees a good site as up."""
    yield
    with ScriptedSite() as site:
        assert probe(site.url).outcome is Outcome.UP


def test_a_good_site_is_up_with_its_timings(probe: Prober) -> None:
    with ScriptedSite() as site:
        result = probe(site.url)
    assert (result.outcome, result.cause, result.detail) == (Outcome.UP, Cause.NONE, "")
    assert result.http_status == 200
    timings = result.timings
    assert 0 < timings.connect < timings.total
    assert 0 < timings.first_byte < timings.total
    assert timings.tls == timings.dns == 0


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (500, "Answered 500 Internal Server Error, expected 200-299."),
        (404, "Answered 404 Not Found, expected 200-299."),
        (599, "Answered 599, expected 200-299."),
        (304, "Answered 304 Not Modified, expected 200-299."),
    ],
)
def test_an_unexpected_status_is_down_in_standard_words(
    probe: Prober, answer: int, detail: str
) -> None:
    with ScriptedSite() as site:
        site.answer = answer
        result = probe(site.url)
    assert (result.outcome, result.cause, result.detail) == (Outcome.DOWN, Cause.STATUS, detail)
    assert result.http_status == answer


def test_the_words_of_a_status_line_are_not_repeated(probe: Prober) -> None:
    with RawServer(saying(b"HTTP/1.1 503 <script>\x1b[31m\r\nContent-Length: 0\r\n\r\n")) as server:
        result = probe(server.url)
    assert result.detail == "Answered 503 Service Unavailable, expected 200-299."


@pytest.mark.abuse(18)
@pytest.mark.parametrize(
    ("talk", "outcome", "cause", "words"),
    [
        (hostile.silence, Outcome.DOWN, Cause.TIMEOUT, "No complete answer within 1 s."),
        (hostile.dripping_body, Outcome.DOWN, Cause.TIMEOUT, "No complete answer within 1 s."),
        (hostile.dripping_headers, Outcome.DOWN, Cause.TIMEOUT, "No complete answer within 1 s."),
        (hostile.hang_up, Outcome.DOWN, Cause.CLOSED, "closed before the answer"),
        (hostile.reset, Outcome.DOWN, Cause.CLOSED, "closed before the answer"),
    ],
)
def test_a_site_that_never_comes_to_an_end_is_down(
    probe: Prober, talk: Talk, outcome: Outcome, cause: Cause, words: str
) -> None:
    with RawServer(talk) as server:
        result = probe(server.url, timeout=1)
    assert (result.outcome, result.cause) == (outcome, cause)
    assert words in result.detail


@pytest.mark.abuse(18)
@pytest.mark.parametrize("talk", [hostile.endless_body, hostile.gzip_bomb])
def test_a_body_without_end_is_cut_off_and_judged_by_its_beginning(
    probe: Prober, talk: Talk
) -> None:
    with RawServer(talk) as server:
        assert probe(server.url, timeout=5).outcome is Outcome.UP
        missing = probe(server.url, timeout=5, keyword="not in there")
    assert missing.cause is Cause.KEYWORD_MISSING
    assert missing.detail == "The first 1 MiB of the answer does not contain the keyword."


def test_headers_of_100_kb_are_too_large(probe: Prober) -> None:
    filler = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(100))
    with RawServer(saying(OK + filler + b"Content-Length: 0\r\n\r\n")) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The response headers are larger than 64 KiB."


def test_headers_without_end_are_too_large(probe: Prober) -> None:
    with RawServer(hostile.endless_headers) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x01\x02\x03" * 100,
        b"HTTP/1.1 banana OK\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzzz\r\nnot a chunk",
        OK + b"Content-Length: -5\r\n\r\n",
    ],
)
def test_what_is_not_http_is_down_as_such(probe: Prober, garbage: bytes) -> None:
    with RawServer(saying(garbage)) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The answer is not valid HTTP."


def test_a_body_that_is_not_encoded_as_it_says_is_named(probe: Prober) -> None:
    packed = OK + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"
    with RawServer(saying(packed)) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The body is not encoded as its Content-Encoding says."


@pytest.mark.parametrize("coding", [b"utf-8", b"aws-chunked", b"weird"])
def test_an_unknown_content_encoding_is_no_failure_unless_the_text_is_to_be_read(
    probe: Prober, coding: bytes
) -> None:
    answer = OK + b"Content-Encoding: " + coding + b"\r\nContent-Length: 2\r\n\r\nok"
    with RawServer(saying(answer)) as server:
        assert probe(server.url).outcome is Outcome.UP
        assert probe(server.url, expected_status=["404"]).cause is Cause.STATUS
        result = probe(server.url, keyword="ok")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The text cannot be read: unknown Content-Encoding."


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\nhello without a length",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\nhello and more than was said",
    ],
)
def test_unusual_but_valid_answers_are_up(probe: Prober, answer: bytes) -> None:
    with RawServer(saying(answer)) as server:
        assert probe(server.url, keyword="hello").outcome is Outcome.UP


def test_an_answer_shorter_than_it_said_is_closed(probe: Prober) -> None:
    with RawServer(saying(OK + b"Content-Length: 500\r\n\r\nhello")) as server:
        assert probe(server.url).cause is Cause.CLOSED


def test_a_head_request_waits_for_no_body(probe: Prober) -> None:
    with RawServer(saying(OK + b"Content-Length: 500\r\n\r\n")) as server:
        assert probe(server.url, method="HEAD").outcome is Outcome.UP


def test_a_closed_port_is_refused(probe: Prober, nobody: str) -> None:
    result = probe(nobody)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REFUSED)
    assert result.detail == f"Connection refused on port {nobody.rpartition(':')[2]}."


def test_a_full_backlog_means_no_connection_in_time(probe: Prober) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
        result = probe(f"http://127.0.0.1:{port}", timeout=1)
        for filler in fillers:
            filler.close()
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
    assert result.detail == "No connection within 1 s."


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_literal_address_of_either_family_is_looked_at(probe: Prober, host: str) -> None:
    with ScriptedSite(host=host) as site:
        assert probe(site.url).outcome is Outcome.UP


def test_a_slow_answer_is_degraded_with_both_figures(probe: Prober) -> None:
    def slowly(_path: str) -> int:
        time.sleep(0.05)
        return 200

    with ScriptedSite() as site:
        site.answer = slowly
        result = probe(site.url, latency_threshold_ms=40)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)
    took = result.timings.total // 1000
    assert result.detail == f"The answer took {took:,} ms, more than 40 ms."


@pytest.mark.parametrize(
    ("mode", "body", "outcome", "cause"),
    [
        ("present", b"all is well", Outcome.UP, Cause.NONE),
        ("present", b"nothing here", Outcome.DOWN, Cause.KEYWORD_MISSING),
        ("absent", b"nothing here", Outcome.UP, Cause.NONE),
        ("absent", b"all is well", Outcome.DOWN, Cause.KEYWORD_PRESENT),
    ],
)
def test_a_keyword_decides(
    probe: Prober, mode: str, body: bytes, outcome: Outcome, cause: Cause
) -> None:
    with ScriptedSite() as site:
        site.body = body
        result = probe(site.url, keyword="is well", keyword_mode=mode)
    assert (result.outcome, result.cause) == (outcome, cause)


def test_a_keyword_is_found_in_the_charset_of_the_page(probe: Prober) -> None:
    page = "geöffnet".encode("latin-1")
    head = OK + b"Content-Type: text/html; charset=ISO-8859-1\r\nContent-Length: 8\r\n\r\n"
    with RawServer(saying(head + page)) as server:
        assert probe(server.url, keyword="geöffnet").outcome is Outcome.UP


def test_what_was_set_is_what_the_site_hears(probe: Prober) -> None:
    with ScriptedSite() as site:
        probe(
            f"{site.url}/a/../b?c=%20d",
            method="PUT",
            headers={"X-One": "1", "X-Empty": "", "User-Agent": "mine"},
            body="größe",
        )
        head, _, body = site.received[-1].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"PUT /a/../b?c=%20d HTTP/1.1"
    assert {b"X-One: 1", b"X-Empty:", b"User-Agent: mine", b"Content-Length: 7"} <= set(lines)
    assert not any(line.lower().startswith(b"expect") for line in lines)
    assert body == "größe".encode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_method_is_sent_as_it_is_named(probe: Prober, method: str) -> None:
    with ScriptedSite() as site:
        assert probe(site.url, method=method).outcome is Outcome.UP
        assert site.received[-1].startswith(method.encode() + b" / HTTP/1.1\r\n")


def test_nothing_of_one_check_is_left_for_the_next(probe: Prober) -> None:
    with ScriptedSite() as site:
        probe(site.url, method="POST", headers={"X-Left": "over"}, body="body")
        probe(site.url)
        assert site.received[-1].startswith(b"GET / ")
        assert b"X-Left" not in site.received[-1]
