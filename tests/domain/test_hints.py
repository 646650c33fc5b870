"""What pages that ask for the version are told."""

import pytest

from domain.hints import polled


@pytest.mark.parametrize("organization_id", [1, 17, 59, 60, 12_345])
@pytest.mark.parametrize("offset", [0, 1.5, 4.9])
def test_a_page_that_asks_every_five_seconds_fetches_itself_once_a_minute(
    organization_id: int, offset: float
) -> None:
    renewals = set()
    for minute in range(3):
        begin = 1_800_000_000 + 60 * minute + offset
        told = [polled(7, organization_id, begin + 5 * number) for number in range(12)]
        assert told.count(7) == 11
        renewals.add(min(told))
    # None is that of the minute before, which a page may still remember.
    assert len(renewals) == 3
    assert max(renewals) < 0
