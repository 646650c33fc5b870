"""Origins of credentials: of web addresses and of every other kind that takes credentials."""

import pytest

from probes.registry import KINDS
from probes.urls import origin_of
from services.credential_origins import checked
from services.errors import Invalid


def parse_origin(text: str) -> str:
    (found,) = checked("basic", [text])
    return found


def test_an_origin_is_written_without_the_default_port_and_in_lower_case() -> None:
    assert parse_origin("HTTPS://Shop.Example:443") == "https://shop.example"
    assert parse_origin("http://shop.example:8080/") == "http://shop.example:8080"


@pytest.mark.parametrize("text", ["https://shop.example/a", "https://shop.example/#a", "shop", ""])
def test_whatever_is_more_or_less_than_an_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_origin(text)


@pytest.mark.parametrize(
    ("kind", "scheme", "port"),
    [
        (name, scheme, port)
        for name, kind in KINDS.items()
        if kind.schemes
        for scheme, port in kind.ports.items()
    ],
)
def test_the_origin_of_a_stored_address_is_that_which_a_user_writes(
    kind: str, scheme: str, port: int
) -> None:
    stored = KINDS[kind].validate_url(f"{scheme}://Shop.Example:{port}")
    assert origin_of(stored) == parse_origin(f"{scheme}://shop.example:{port}")
    assert origin_of(stored) == f"{scheme}://shop.example"


def test_a_kind_that_takes_credentials_names_the_schemes_of_its_addresses() -> None:
    assert all(kind.ports for kind in KINDS.values() if kind.schemes)
