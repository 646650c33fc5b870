"""What a request says of its reader, however it is written."""

import pytest

from live.requests import Request
from live.settings import LiveSettings
from security.login.cookies import hash_of

PLAIN = LiveSettings(database_url="", redis_url="", public_url="http://pages.test:8000")
SECURE = LiveSettings(database_url="", redis_url="", public_url="https://pages.test/")


def request(*headers: tuple[str, str], peer: str = "192.0.2.1") -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Request.of({"method": "GET", "path": "/", "client": (peer, 1), "headers": raw})


@pytest.mark.parametrize(
    ("settings", "cookie", "value"),
    [
        (PLAIN, "session=abc", "abc"),
        (PLAIN, "theme=dark; session=abc; zone=UTC", "abc"),
        (PLAIN, "__Host-session=abc", None),
        (SECURE, "__Host-session=abc", "abc"),
        (SECURE, "session=abc", None),
        (PLAIN, "session=", None),
        (PLAIN, "session=\xe4", None),
        (PLAIN, f"session={'a' * 101}", None),
        (PLAIN, "", None),
    ],
)
def test_the_session_is_that_of_the_cookie_of_the_pages(
    settings: LiveSettings, cookie: str, value: str | None
) -> None:
    found = request(("cookie", cookie)).session(settings)
    assert found == (None if value is None else hash_of(value))


def test_cookies_in_several_headers_are_one_list() -> None:
    found = request(("cookie", "theme=dark"), ("cookie", "session=abc")).session(PLAIN)
    assert found == hash_of("abc")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.1, 198.51.100.1", "203.0.113.1"),
        # Fewer proxies than counted: nobody vouches for what the header says.
        (2, "203.0.113.1", "192.0.2.1"),
        (1, "nonsense", ""),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_network_is_what_the_counted_proxies_saw(
    proxies: int, forwarded: str, network: str
) -> None:
    settings = LiveSettings(database_url="", redis_url="", trusted_proxies=proxies)
    assert request(("x-forwarded-for", forwarded)).network(settings) == network


def test_addresses_of_one_customer_count_as_one_network() -> None:
    one, same, other = (
        request(peer=peer).network(PLAIN)
        for peer in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")
    )
    assert one == same
    assert one != other


def test_the_origin_of_the_pages_has_their_port_and_no_path() -> None:
    assert PLAIN.origin == "http://pages.test:8000"
    assert SECURE.origin == "https://pages.test"
