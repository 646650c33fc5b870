"""The grammar of addresses that are no web pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoints import host_of, parse_endpoint, split_endpoint
from probes.urls import UrlError

PORTS: dict[str, int | None] = {"tcp": None, "ssh": 22}
texts = st.text(st.sampled_from("tcpssh:/?#@[]%.\\-_~ 0123456789aäx\r\n\u3002\u2488"), max_size=30)


@pytest.mark.abuse(12, 21)
@given(texts | texts.map("tcp://".__add__) | texts.map("ssh://".__add__))
def test_whatever_is_written_is_understood_in_one_way_or_refused(text: str) -> None:
    try:
        url = parse_endpoint(text, PORTS)
    except UrlError:
        return
    assert parse_endpoint(url.text, PORTS) == url
    assert host_of(text) == url.host
    assert url.text.isascii()
    assert not set(url.host) & set("/?#@[]\\ %\r\n")
    assert 1 <= url.port <= 65_535


@pytest.mark.parametrize(
    ("text", "host", "port", "stored"),
    [
        ("ssh://Example.COM", "example.com", 22, "ssh://example.com"),
        ("ssh://example.com:022/", "example.com", 22, "ssh://example.com"),
        ("tcp://bücher.example:1", "xn--bcher-kva.example", 1, "tcp://xn--bcher-kva.example:1"),
        ("TCP://[2001:DB8:0::1]:5", "2001:db8::1", 5, "tcp://[2001:db8::1]:5"),
        ("tcp://_sip.example.com.:5", "_sip.example.com", 5, "tcp://_sip.example.com:5"),
    ],
)
def test_an_address_is_stored_in_one_way(text: str, host: str, port: int, stored: str) -> None:
    url = parse_endpoint(text, PORTS)
    assert (url.host, url.port, url.text) == (host, port, stored)


@pytest.mark.abuse(2, 12)
@pytest.mark.parametrize(
    "text",
    [
        "tcp://127.1:5",
        "tcp://0x7f000001:5",
        "tcp://2130706433:5",
        "tcp://0177.0.0.1:5",
        "tcp://[::1%eth0]:5",
        "tcp://[::ffff:127.0.0.1%25x]:5",
        "tcp://a@b:5",
        "tcp://a:b@c:5",
        "tcp:example.com:5",
        "tcp:///x:5",
        "tcp://example.com:5:6",
        "tcp://example.com:5?x=1",
        f"tcp://{'a' * 64}.com:5",
        f"tcp://{'a.' * 1100}com:5",
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    with pytest.raises(UrlError, match=r"\.$"):
        parse_endpoint(text, PORTS)


def test_what_follows_the_port_is_kept_as_it_was_written() -> None:
    _, rest = split_endpoint("ssh://example.com/a?b=ä", PORTS)
    assert rest == "/a?b=ä"


def test_the_host_of_any_kind_is_found() -> None:
    assert host_of("https://Example.com/a?b") == "example.com"
    assert host_of("dns://[::1]?type=PTR") == "::1"
    with pytest.raises(UrlError):
        host_of("rdap:example.com")


def test_a_user_in_an_address_is_pointed_to_credentials() -> None:
    with pytest.raises(UrlError, match="user name or password: use a credential"):
        parse_endpoint("imap://ada:secret@mail.example.com", {"imap": 143})
