"""The limits of the API hold for what is pressed on pages."""

import pytest

from config.settings import Settings
from tests.web.reader import Reader


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limits": True})


def test_a_monitor_is_checked_by_hand_so_often_and_no_more(ada: Reader) -> None:
    monitor = ada.api.make_monitor()
    statuses = [ada.post(f"/monitors/{monitor['id']}/check").status for _ in range(7)]
    assert statuses == [200] * 6 + [429]
