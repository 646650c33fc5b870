"""What an address means that a user gives without a kind."""

import pytest

from services.errors import Invalid
from services.monitors import addresses


@pytest.mark.parametrize(
    ("given", "kind", "url"),
    [
        ("example.com", "http", "https://example.com/"),
        (" example.com/shop?a=1 ", "http", "https://example.com/shop?a=1"),
        ("http://example.com", "http", "http://example.com/"),
        ("HTTPS://Example.com:8443/x", "http", "https://example.com:8443/x"),
        ("example.com:8080", "http", "http://example.com:8080/"),
        ("example.com:443", "http", "https://example.com/"),
        ("db.example.com:5432", "tcp", "tcp://db.example.com:5432"),
        ("tcp://db.example.com:5432", "tcp", "tcp://db.example.com:5432"),
        ("postgresql://db.example.com/shop", "sql", "postgresql://db.example.com/shop"),
        ("mysql://db.example.com:3306", "sql", "mysql://db.example.com"),
        ("rediss://cache.example.com", "redis", "rediss://cache.example.com"),
        ("grpcs://api.example.com", "grpc", "grpcs://api.example.com"),
        ("example.com:22", "ssh", "ssh://example.com"),
        ("mail.example.com:993", "imap", "imaps://mail.example.com"),
        ("mail.example.com:587", "smtp", "smtp://mail.example.com:587"),
        ("[2001:db8::1]:22", "ssh", "ssh://[2001:db8::1]"),
        ("192.0.2.1", "icmp", "icmp://192.0.2.1"),
        ("2001:db8::1", "icmp", "icmp://[2001:db8::1]"),
        ("ping:example.com", "icmp", "icmp://example.com"),
        ("icmp://example.com", "icmp", "icmp://example.com"),
        ("dns://example.com?type=MX", "dns", "dns://example.com?type=MX"),
        ("rdap:example.com", "rdap", "rdap:example.com"),
        ("wss://example.com/live", "websocket", "wss://example.com/live"),
    ],
)
def test_an_address_means_what_people_expect(given: str, kind: str, url: str) -> None:
    values = addresses.guessed(given)
    assert (values.kind, values.url) == (kind, url)


def test_the_name_is_the_address_without_what_is_the_same_for_all() -> None:
    assert addresses.guessed("example.com").name == "example.com"
    assert addresses.guessed("https://example.com/shop").name == "example.com/shop"
    assert addresses.guessed("db.example.com:5432").name == "tcp://db.example.com:5432"


@pytest.mark.parametrize(
    "given",
    ["", "  ", "two words", "gopher://example.com", "https://", "user@example.com", "a:99999"],
)
def test_what_is_no_address_is_refused_with_words(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        addresses.guessed(given)
    assert list(refused.value.problems) == ["url"]
