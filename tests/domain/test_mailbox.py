"""Which addresses lead to one mailbox."""

import pytest

from domain.mailbox import mailbox_of

ONE = (
    "ann@example.org",
    "Ann@Example.org",
    "ann+alerts@example.org",
    "ann+a+b@example.org",
    "ann+@example.org",
)
OF_DOTS = ("ann.lee@gmail.com", "an.n.lee+x.y@googlemail.com", "ANNLEE@gmail.com")
OTHERS = (
    "ann.lee@example.org",
    "annlee@example.org",
    "anna@example.org",
    "ann@example.net",
    "ann.lee@gmail.com.example.org",
    "+4915112345678",
    "https://example.org/a+b",
)


@pytest.mark.parametrize("addresses", [ONE, OF_DOTS])
def test_tags_capitals_and_dots_where_they_mean_nothing_lead_to_one(
    addresses: tuple[str, ...],
) -> None:
    assert {mailbox_of(address) for address in addresses} == {mailbox_of(addresses[0])}


def test_whatever_else_differs_leads_elsewhere() -> None:
    every = (ONE[0], OF_DOTS[0], *OTHERS)
    assert len({mailbox_of(address) for address in every}) == len(every)
