"""Abuse 101: what assertions look at is counted while they do, and what is too much is cut off."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonpath_rfc9535 import JSONPathEnvironment

from domain.evaluation.outcome import Cause, Outcome
from probes.assertions import paths
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import MOST_STEPS, MOST_VISITS, Budget, BudgetError, Meter
from probes.assertions.patterns import compiled, program_size
from probes.assertions.reading import LARGEST_SEARCHED, quoted
from probes.assertions.verdict import judged
from probes.exchange import Response
from probes.kinds.http_settings import HttpSettings
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.abuse(101)

NOTHING_MATCHES = "$[?@.a==1||@.b==2||@.c==3||@.d==4]"
OBJECTS = json.dumps([{}] * 16_000).encode()
TOO_MANY = "found too many values to compare."


def answer(body: bytes, *assertions: dict[str, object]) -> tuple[ProbedResponse, list[str | None]]:
    """Judge an answer by these assertions; return it with the sentence of each failure."""
    settings = HttpSettings.model_validate({"assertions": assertions})
    response = Response(status=200, body=body, body_bytes=len(body))
    given_ = ProbedResponse(response, "https://a.example/", 1, Budget.of(settings.assertions))
    return given_, [each.failure for each in judged(settings.assertions, given_)]


def path(text: str, **more: object) -> dict[str, object]:
    return {"type": "json_path", "path": text, "comparison": "exists", **more}


def test_a_filter_that_matches_nothing_is_cut_off_by_what_it_looked_at() -> None:
    judged_, (failure,) = answer(OBJECTS, path(NOTHING_MATCHES))
    assert failure
    assert failure.endswith(TOO_MANY)
    assert judged_.budget.visits == MOST_VISITS


def test_a_search_that_stays_within_the_budget_is_told_as_what_it_is() -> None:
    judged_, (failure,) = answer(json.dumps([{}] * 5000).encode(), path(NOTHING_MATCHES))
    assert failure
    assert failure.endswith("found no such value.")
    assert 5000 * 4 * 2 < judged_.budget.visits < MOST_VISITS


def test_a_document_of_87_000_objects_is_not_searched_and_a_single_value_of_it_is_found() -> None:
    body = b'[{"a":1},' + b"{}," * 87_000 + b"{}]"
    judged_, (searched, single) = answer(body, path(NOTHING_MATCHES), path("$[0].a", value=None))
    assert searched
    assert searched.endswith("found an answer of more than 64 KiB, which is not searched.")
    assert single is None
    assert judged_.budget.visits < 10


def test_the_searches_of_a_check_share_the_budget_evenly_and_take_nothing_from_each_other() -> None:
    many = [path(NOTHING_MATCHES), path("$..*"), path("$[15999]"), path("$[?@.a]")]
    judged_, failures = answer(OBJECTS, *many)
    assert [bool(failure) for failure in failures] == [True, True, False, True]
    assert judged_.budget.visits <= MOST_VISITS
    alone, _ = answer(OBJECTS, path("$[?@.a]"))
    assert alone.budget.visits > MOST_VISITS * 4 // 5 // 3


def test_lists_in_which_a_value_is_looked_for_are_counted_too() -> None:
    body = json.dumps({"l": [1] * 60_000}).encode()
    wanted = path("$.l", comparison="contains", value=2)
    alone, (failure,) = answer(body, wanted)
    assert failure
    assert "found [1, 1, 1, " in failure
    many, failures = answer(body, *[wanted] * 20)
    assert all(each and each.endswith(TOO_MANY) for each in failures)
    assert 60_000 < alone.budget.visits <= MOST_VISITS
    assert many.budget.visits <= MOST_VISITS


@pytest.mark.parametrize(
    "hostile",
    [
        "$..[?@==$]",
        "$.l[?$.b==$.c]",
        "$.l[?$.b<$.c||$.c<$.b||$.b<=$.c||$.c<=$.b]",
        "$.l[?length(value($.b))==length($.c)]",
        "$.." + "['a']" + ".a" * 140,
        "$" + "[*]" * 90,
        "$..[::-1]",
        "$.l" + "[?!@]" * 20,
    ],
)
@pytest.mark.parametrize(
    "document",
    [
        {"b": [1] * 9000, "c": [1] * 8999 + [2], "l": [{}] * 4000},
        {"b": "x" * 30_000, "c": "x" * 29_999 + "y", "l": [0] * 1000},
        {"b": {"a": 1}, "c": {"a": True}, "l": [[[]] * 100] * 100},
    ],
    ids=["lists", "texts", "nested"],
)
def test_nothing_is_looked_at_without_being_counted(hostile: str, document: object) -> None:
    meter = Meter(MOST_VISITS)
    try:
        paths.find(hostile, document, meter)
    except BudgetError:
        assert meter.left < 0
    else:
        assert meter.left >= 0


@pytest.mark.parametrize(
    ("text", "document", "visits"),
    [
        ("$.a.b", {"a": {"b": 1}}, 2),
        ("$[*]", [0] * 100, 1 + 100),
        ("$[1:3]", [0] * 100, 1 + 2),
        ("$..a", [[0] * 10] * 10, 11 + 10 + 100),
        # For each: itself, the comparison, and two steps to what is compared.
        ("$[?@.a==1]", [{}] * 100, 1 + 100 * 4),
        ("$[?@.a]", [{}] * 100, 1 + 100 * 3),
        ("$[?@.a&&@.b]", [{}] * 100, 1 + 100 * 3),
        # Both sides, and each element of the two lists that are alike.
        ("$[?@==$[0]]", [[1] * 1000] * 2, 1 + 2 * (1 + 1 + 1 + 2 + 1000)),
        ("$[?@==$[0]]", [{"a": [1] * 50}] * 2, 1 + 2 * (1 + 1 + 1 + 2 + 1 + 50)),
        ("$[?@==$[0]]", ["x" * 10_240] * 2, 1 + 2 * (1 + 1 + 1 + 2 + 10)),
        ("$[?@<$[0]]", ["x" * 10_240] * 2, 1 + 2 * (1 + 1 + 1 + 2 + 10)),
    ],
)
def test_each_look_is_counted(text: str, document: object, visits: int) -> None:
    meter = Meter(MOST_VISITS)
    paths.find(text, document, meter)
    assert meter.spent == visits


def test_a_document_that_is_nested_as_deep_as_json_may_be_is_searched() -> None:
    one, other = (json.loads('{"a":' * 900 + "1" + "}" * 900) for _ in range(2))
    assert paths.find("$..[?@==1]", one, Meter(MOST_VISITS)) == [1]
    with pytest.raises(BudgetError):
        paths.find("$[?@==$.b]", {"a": one, "b": other}, Meter(MOST_VISITS))
    assert quoted(one).startswith('{"a": {"a": ')


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b", 1.5]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
SINGLE = st.sampled_from(["@.a", "@.b[0]", "@[1]", "@[-1]", "$.a", "$[0].b", "@['c']"])
LITERALS = st.sampled_from(["1", "'a'", "null", "true", "1.5", "''"])
FUNCTIONS = st.sampled_from(["length(@.a)", "count(@.b)", "value(@.a)"])
SIDES = SINGLE | LITERALS | FUNCTIONS
COMPARISONS = st.builds(
    lambda left, sign, right: f"{left}{sign}{right}",
    SIDES,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    SIDES,
)
TESTS = COMPARISONS | SINGLE | SINGLE.map(lambda each: f"!{each}")
FILTERS = TESTS | st.builds(
    lambda one, sign, other: f"({one}{sign}{other})", TESTS, st.sampled_from(["&&", "||"]), TESTS
)
PARTS = st.sampled_from([".a", "[0]", "[-1]", "[*]", ".*", "[1:]", "[::-1]", "[:2:2]", "['b']"])
PATHS = st.builds(
    lambda before, descends, last: "$" + "".join(before) + (f"..{last}" if descends else last),
    st.lists(PARTS, max_size=2),
    st.booleans(),
    FILTERS.map(lambda each: f"[?{each}]") | st.sampled_from(["[*]", "['a']", "[0]", "[1:]"]),
)


@given(PATHS, VALUES)
@example("$..[?@.a==$.a]", {"a": [1, {"a": [1]}]})
def test_paths_lead_where_the_library_that_reads_them_leads(text: str, document: Any) -> None:  # noqa: ANN401 - any JSON
    try:
        expected = JSONPathEnvironment().find(text, document).values()
    except ValueError:
        return
    assert paths.find(text, document, Meter(MOST_VISITS)) == expected


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("@", [0, None, False, "", [], {}]),  # what there is, is there
        ("!@", []),
        ("@==false", [False]),
        ("@==0", [0]),
        ("@==$[4]", [[]]),
        ("@.a==@.b", [0, None, False, "", [], {}]),  # nothing is like nothing
        ("@<1", [0]),
        ("@<=null", [None]),
    ],
)
def test_values_are_told_apart_as_json_does(test: str, found: list[object]) -> None:
    document: list[object] = [0, None, False, "", [], {}]
    assert paths.find(f"$[?{test}]", document, Meter(MOST_VISITS)) == found
    nested = [[1], [True]]
    assert paths.find("$[?@==$[1]]", nested, Meter(MOST_VISITS)) == [[True]]


@pytest.mark.parametrize(
    "pattern", ["[ab]*a[ab]{60}c", "(a[ab]{12}|b[ab]{13})*$", "a(a|b){20}c", "x"]
)
@pytest.mark.parametrize("body", [b"ab" * 130_000, "äb".encode() * 90_000, b"b" * 100])
def test_a_pattern_goes_through_as_many_bytes_as_its_size_allows(pattern: str, body: bytes) -> None:
    judged_, (failure,) = answer(body, {"type": "regex", "pattern": pattern + "nowhere"})
    program = program_size(compiled(pattern + "nowhere"))
    assert judged_.budget.steps <= MOST_STEPS
    assert failure
    if program * len(body) > MOST_STEPS:
        assert judged_.budget.steps > MOST_STEPS * 0.9
        assert "found no match in its first " in failure
    else:
        assert failure.endswith("found no match.")


def test_all_patterns_of_a_check_go_through_the_same_bytes() -> None:
    body = b"ab" * 100_000 + b"needle"
    needle: dict[str, object] = {"type": "regex", "pattern": "needle"}
    large: dict[str, object] = {"type": "regex", "pattern": "[ab]{200}c", "mode": "absent"}
    alone, (found,) = answer(body, needle)
    both, failures = answer(body, large, needle)
    assert (found, failures[0]) == (None, None)
    assert failures[1]
    assert failures[1].startswith("Body: expected to match needle, found no match in its first ")
    assert alone.budget.steps <= MOST_STEPS
    assert both.budget.steps <= MOST_STEPS


def test_a_pattern_of_a_header_counts_too() -> None:
    response = Response(status=200, headers=(("X-Long", "ab" * 8000),))
    wanted = {"type": "header", "name": "X-Long", "comparison": "matches", "value": "[ab]{90}c"}
    settings = HttpSettings.model_validate({"assertions": [wanted]})
    given_ = ProbedResponse(response, "https://a.example/", 1, Budget.of(settings.assertions))
    assert judged(settings.assertions, given_)[0].failure
    assert 8192 * 90 < given_.budget.steps < MOST_STEPS


def test_of_what_was_found_only_the_beginning_is_written() -> None:
    class Counting(list[int]):
        looked = 0

        def __iter__(self) -> Any:  # noqa: ANN401 - as the built-in has it
            for each in super().__iter__():
                Counting.looked += 1
                yield each

    assert quoted(Counting(range(80_000))).startswith("[0, 1, 2, 3, ")
    assert Counting.looked < 1000
    assert len(quoted("x" * 10**6)) == 60


def test_on_the_wire_a_search_without_end_is_the_failure_of_its_assertion(probe: Prober) -> None:
    with ScriptedSite() as site:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(OBJECTS)}\r\n\r\n".encode()
        site.answer = head + OBJECTS
        assert len(OBJECTS) <= LARGEST_SEARCHED
        result = probe(site.url, assertions=[path(NOTHING_MATCHES, outcome="degraded")])
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.ASSERTION)
    assert result.detail.endswith(TOO_MANY)
