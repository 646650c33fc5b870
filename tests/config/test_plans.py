"""Plans as a text: what it says, and what stops the start."""

import pytest
from pydantic import ValidationError

from config.plans import parse
from config.settings import Settings

TEXT = """
default = "free"

[plans.free]
name = "Free"
limits = { monitors = 20, voice = 0 }

[plans.team]
name = "Team"
price = "price_1"
"""


def test_plans_have_names_prices_and_limits() -> None:
    plans = parse(TEXT)
    assert (plans.default, plans.plans["free"].limits["monitors"]) == ("free", 20)
    assert plans.of_price("price_1") == "team"
    assert plans.of_price("") is None
    assert [plans.known(each) for each in ("team", "gone", None)] == ["team", "free", "free"]


def test_without_a_text_there_is_one_plan_that_limits_nothing() -> None:
    plans = parse("")
    assert [plan.limits for plan in plans.plans.values()] == [{}]


@pytest.mark.parametrize(
    "text",
    [
        "default = ",
        'default = "gold"',
        "[plans.free]\n",
        '[plans.default]\nname = "D"\nlimits = { monitor = 1 }',
        '[plans.default]\nname = "D"\nlimits = { monitors = -1 }',
        '[plans.default]\nname = "D"\nlimits = { voice = 2 }',
        '[plans.default]\nname = "D"\nfree = true',
        '[plans.default]\nname = "D"\nprice = "p"\n[plans.a]\nname = "A"\nprice = "p"',
    ],
    ids=["toml", "default", "name", "limit", "negative", "feature", "field", "price"],
)
def test_plans_that_are_none_stop_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNTIME_PLANS", text)
    with pytest.raises(ValidationError, match="plans"):
        Settings()
