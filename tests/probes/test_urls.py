"""One grammar of web addresses, without the odd corners on which parsers disagree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.urls import LONGEST, LONGEST_REDIRECT, UrlError, parse_url, validate_url


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://Example.COM:443/Path?Q=1#part", "https://example.com/Path?Q=1"),
        ("http://example.com:8080?q", "http://example.com:8080/?q"),
        ("http://example.com./a/../b/./c", "http://example.com/a/../b/./c"),
        ("https://müller.example/ä?ö=ü", "https://xn--mller-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("http://a_b.example/%20{x}|", "http://a_b.example/%20%7Bx%7D%7C"),
        ("http://127.0.0.1:81/", "http://127.0.0.1:81/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("http://localhost/", "http://localhost/"),
        ("http://example.com/a@b:c", "http://example.com/a@b:c"),
    ],
)
def test_a_url_is_stored_in_one_plain_form(text: str, stored: str) -> None:
    assert validate_url(text) == stored
    assert validate_url(stored) == stored


@pytest.mark.abuse(2, 12, 21)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:example.com",
        "http:///127.0.0.1/",
        "http://",
        "http://:80/",
        "http://?q",
        "http://user@example.com/",
        "http://user:pass@example.com/",
        "http://127.0.0.1\\@example.com/",
        "http://example.com\\/",
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nX-Evil: 1",
        "http://example.com/\t",
        " http://example.com/",
        "http://example.com/\0",
        "http://example.com/\x7f",
        "http://example.com/\u2028",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:-1/",
        "http://example.com:http/",
        "http://example.com:/",
        "http://exa%6dple.com/",
        "http://example..com/",
        "http://.example.com/",
        "http://-example.com/",
        "http://example.com-/",
        "http://" + "a" * 64 + ".com/",
        "http://" + "a." * 127 + "com/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.0.0.0x1/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://\uff11\uff12\uff17.1/",
        "http://127\u3002\uff11/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[1.2.3.4]/",
        "http://[::g]/",
        "http://exam\u00adple.com\u200b/",
        "http://example.com/" + "a" * 2048,
        "http://example.com/" + "ä" * 1000,
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    with pytest.raises(UrlError) as caught:
        validate_url(text)
    assert str(caught.value).endswith(".")
    assert "evil" not in str(caught.value).lower()


@pytest.mark.abuse(12)
def test_only_addresses_that_users_may_write_stay_in_memory() -> None:
    users, sites = "https://example.com/?a", f"https://example.com/?{'a' * LONGEST}"
    assert parse_url(users) is parse_url(users)
    assert parse_url(sites, LONGEST_REDIRECT) == parse_url(sites, LONGEST_REDIRECT)
    assert parse_url(sites, LONGEST_REDIRECT) is not parse_url(sites, LONGEST_REDIRECT)


def test_a_name_is_told_from_an_address() -> None:
    assert parse_url("http://example.com/").literal is None
    assert parse_url("http://1.2.3.4/").literal == "1.2.3.4"
    assert parse_url("http://[::1]/").literal == "::1"


def test_an_origin_is_scheme_host_and_port() -> None:
    one = parse_url("https://example.com/a")
    assert one.origin == parse_url("https://EXAMPLE.com:443/b").origin
    assert one.origin != parse_url("http://example.com:443/a").origin
    assert one.origin != parse_url("https://www.example.com/a").origin


@pytest.mark.abuse(12, 21)
@given(st.text(max_size=100), st.sampled_from(["", "http://", "https://example.com/", "http://["]))
def test_anything_is_either_refused_or_plain(text: str, start: str) -> None:
    try:
        stored = validate_url(start + text)
    except UrlError:
        return
    assert stored.isascii()
    assert not set(stored) & set(' \t\r\n\\<>"')
    assert validate_url(stored) == stored


def test_a_user_in_a_url_is_led_to_credentials() -> None:
    with pytest.raises(
        UrlError, match="must not contain a user name or password: use a credential"
    ):
        parse_url("https://ann:secret@example.com/")
