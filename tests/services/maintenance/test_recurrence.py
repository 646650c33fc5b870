"""Recurrence rules: those of dateutil, read strictly and known to end."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import given
from hypothesis import strategies as st

from services.maintenance import recurrence

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 1, 2, 30)  # noqa: DTZ001 - what a clock on the wall shows


def starts(rule: str, *, days: int = 3, start: datetime = START) -> list[str]:
    end = start + timedelta(days=days)
    found = recurrence.local_starts(rule, start, BERLIN, after=start)
    return [
        each.isoformat(timespec="minutes") for each in takewhile(lambda each: each < end, found)
    ]


def test_a_rule_is_of_local_times() -> None:
    assert starts("FREQ=DAILY;BYHOUR=2,14", days=2) == [
        "2026-01-01T02:30",
        "2026-01-01T14:30",
        "2026-01-02T02:30",
        "2026-01-02T14:30",
    ]


@pytest.mark.parametrize(
    ("rule", "days", "count"),
    [
        ("FREQ=WEEKLY;BYDAY=SU", 28, 4),
        ("FREQ=MONTHLY;BYDAY=-1SU", 365, 12),
        ("FREQ=YEARLY;BYDAY=52SU", 365, 1),
        ("FREQ=MONTHLY;BYMONTHDAY=31", 365, 7),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 365, 12),
        ("FREQ=DAILY;COUNT=5", 365, 5),
        ("FREQ=DAILY;UNTIL=20260104", 365, 4),
        ("FREQ=DAILY;UNTIL=20260104T020000", 365, 3),
        # 01:30 in UTC is 02:30 in Berlin, so that day counts; a second before it does not.
        ("FREQ=DAILY;UNTIL=20260104T013000Z", 365, 4),
        ("FREQ=DAILY;UNTIL=20260104T012959Z", 365, 3),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 5 * 366, 1),
    ],
)
def test_rules_of_many_forms_come_due(rule: str, days: int, count: int) -> None:
    assert len(starts(rule, days=days)) == count


def test_a_rule_is_kept_in_capitals_and_without_its_name() -> None:
    assert recurrence.checked(" rrule:freq=weekly;byday=su ") == "FREQ=WEEKLY;BYDAY=SU"


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("", "FREQ"),
        ("every sunday", "FREQ"),
        ("BYDAY=SU", "FREQ"),
        ("FREQ=SECONDLY", "FREQ must be one of"),
        ("FREQ=MINUTELY;INTERVAL=1", "FREQ must be one of"),
        ("FREQ=DAILY;BYMINUTE=0,1,2", "contain only"),
        ("FREQ=DAILY;BYSECOND=0", "contain only"),
        ("FREQ=YEARLY;BYEASTER=0", "contain only"),
        ("FREQ=YEARLY;BYWEEKNO=20", "contain only"),
        ("FREQ=DAILY;DTSTART=20260101", "contain only"),
        ("FREQ=DAILY\nDTSTART:20260101T000000", "FREQ must be one of"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT"),
        ("FREQ=DAILY;COUNT=x", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261345", "UNTIL"),
        ("FREQ=DAILY;UNTIL=99991231", "UNTIL"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=-1", "BYHOUR"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=", "BYMONTH"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=2SU", "BYDAY takes a number"),
        ("FREQ=MONTHLY;BYDAY=0SU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=54SU", "BYDAY"),
        # Of these dateutil knew no answer but an IndexError.
        ("FREQ=MONTHLY;BYDAY=53SU", "at most 5"),
        ("FREQ=YEARLY;BYMONTH=2;BYDAY=MO,52SU", "at most 5"),
        ("FREQ=YEARLY;BYMONTH=2;BYDAY=-6SU", "at most 5"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs"),
        # One that would be looked for hour by hour until there are no more years.
        ("FREQ=HOURLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=2", "BYSETPOS must be 1"),
        ("FREQ=HOURLY;BYMONTH=1;BYSETPOS=1,-2", "BYSETPOS must be 1"),
        # Each number is looked for on each day, for nothing.
        ("FREQ=DAILY;BYHOUR=1;BYSETPOS=2,3,4,5,6,7", "at most 5"),
        ("FREQ=WEEKLY;WKST=XX", "WKST"),
        ("FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 10_000), "at most 500"),
    ],
)
def test_a_rule_that_cannot_be_taken_is_refused_in_words(rule: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        recurrence.checked(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=200",
        "FREQ=DAILY;BYHOUR=1;BYSETPOS=2",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_rule_that_never_comes_due_is_known_as_such_in_bounded_time(rule: str) -> None:
    before = time.process_time()
    start = START.replace(year=2027)
    assert starts(rule, days=5 * 366, start=start) == []
    # A hundredth of what it would take to look for one until the year 9999 on a slow machine.
    assert time.process_time() - before < 3
    # A tenth of that is enough to know it of the next years alone.
    end = start + timedelta(days=5 * 366)
    found = recurrence.local_starts(rule, start, BERLIN, after=start, before=end)
    assert calls(lambda: list(found)) < 300_000


def calls(work: Callable[[], Sequence[datetime]]) -> int:
    """Count what is called by work that comes to nothing: the same on any machine."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        found = work()
    finally:
        sys.setprofile(before)
    assert not found
    return count


def test_leap_days_around_the_years_asked_for_are_known() -> None:
    """The years 2029 and 2030 have none, but one is asked from a leap day on."""
    leap_day = datetime(2028, 2, 29, 12)  # noqa: DTZ001 - what a clock on the wall shows
    begins, ends = START.replace(year=2029), START.replace(year=2030)
    found = recurrence.local_starts("FREQ=YEARLY", begins, BERLIN, after=leap_day, before=ends)
    assert [each.year for each in found] == [2029, 2030]


@pytest.mark.parametrize("year", range(2026, 2046))
@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYDAY=WE,FR,SA;WKST=SU", "FREQ=WEEKLY;BYDAY=SU"])
def test_the_last_week_of_any_year_is_known(rule: str, year: int) -> None:
    begins = datetime(2024, 1, 1, 2, 30)  # noqa: DTZ001 - what a clock on the wall shows
    ends = datetime(year, 12, 31, 23)  # noqa: DTZ001
    after = ends - timedelta(days=8)
    found = recurrence.local_starts(rule, begins, BERLIN, after=after, before=ends)
    expected = rrulestr(f"DTSTART:20240101T023000\nRRULE:{rule}").between(after, ends, inc=True)
    assert list(found) == expected


FREQUENCIES = st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
OPTIONAL = {
    "INTERVAL": st.integers(1, 5).map(str),
    "COUNT": st.integers(1, 50).map(str),
    "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=4).map(
        lambda each: ",".join(map(str, each))
    ),
    "BYMONTHDAY": st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=4).map(
        lambda each: ",".join(map(str, each))
    ),
    "BYDAY": st.lists(
        st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3
    ).map(",".join),
    "BYHOUR": st.lists(st.integers(0, 23), min_size=1, max_size=3).map(
        lambda each: ",".join(map(str, each))
    ),
    "WKST": st.sampled_from(["MO", "SU"]),
}
RULES = st.builds(
    lambda frequency, parts: ";".join(
        [f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts.items())]
    ),
    FREQUENCIES,
    st.fixed_dictionaries({}, optional=OPTIONAL),
)


@given(RULES, st.integers(0, 5000), st.integers(0, 1000))
def test_in_utc_a_rule_comes_due_exactly_when_dateutil_says(
    rule: str, start_hours: int, skipped_days: int
) -> None:
    start = START + timedelta(hours=start_hours)
    after = start + timedelta(days=skipped_days)
    before = after + timedelta(days=40)
    try:
        expected = rrulestr(f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:{rule}")
        assert isinstance(expected, rrule)
    except ValueError:
        return  # Parts that contradict each other.
    # With an end, so that dateutil itself does not look for one until the year 9999.
    bounded = expected if "COUNT" in rule else expected.replace(until=datetime(2040, 1, 1))  # noqa: DTZ001
    wanted = [each for each in bounded.between(after, before, inc=True) if each < before]
    zone = ZoneInfo("UTC")
    coming = recurrence.local_starts(rule, start, zone, after=after)
    found = list(takewhile(lambda each: each < before, coming))
    assert found == wanted
    cut = recurrence.local_starts(rule, start, zone, after=after, before=before)
    assert list(cut) == bounded.between(after, before, inc=True)
    assert all(each.tzinfo is None for each in found)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3;BYHOUR=1,2,3;BYSETPOS=-1",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,FR;BYSETPOS=-1;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31,-1;BYSETPOS=1",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU;BYSETPOS=2",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=3;BYDAY=2SU,-1SU",
        "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1",
        "FREQ=YEARLY;INTERVAL=2",
    ],
)
def test_the_places_of_a_rule_are_the_same_however_old_it_is(rule: str) -> None:
    start = START.replace(day=31)
    for days in (0, 20, 700, 2000, 3600):
        after = start + timedelta(days=days)
        expected = rrulestr(f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:{rule}")
        found = recurrence.local_starts(rule, start, ZoneInfo("UTC"), after=after)
        assert list(islice(found, 5)) == list(expected.xafter(after, count=5, inc=True))


_ALWAYS = f"BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={','.join(map(str, range(24)))}"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        f"FREQ=DAILY;{_ALWAYS}",
        f"FREQ=WEEKLY;{_ALWAYS}",
        f"FREQ=MONTHLY;{_ALWAYS}",
        f"FREQ=YEARLY;{_ALWAYS}",
    ],
)
def test_a_rule_that_has_gone_on_for_ten_years_is_reckoned_fast(rule: str) -> None:
    long_ago = START - timedelta(days=10 * 365)
    took: list[float] = []
    for _ in range(3):
        before = time.process_time()
        found = recurrence.local_starts(rule, long_ago, ZoneInfo("UTC"), after=START)
        assert len(list(islice(found, 2))) == 2
        took.append(time.process_time() - before)
    # A tenth of what it takes to reckon all of them; once memory may be tidied up meanwhile.
    assert min(took) < 0.1


def test_years_are_those_of_the_calendar_again_in_the_answer() -> None:
    assert starts("FREQ=YEARLY", days=400, start=START)[1][:4] == "2027"
