"""Windows of time that no history has: each route says what is wrong, or that there is nothing."""

from datetime import UTC, datetime, timedelta

from tests.api.client import ApiClient, body_of

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
ROUTES = [
    "monitors/{id}/checks",
    "monitors/{id}/uptime",
    "monitors/{id}/latency",
    "monitors/{id}/series",
    "monitors/{id}/analysis",
    "analysis",
    "checks",
    "checks/counts",
    "incidents",
]


LISTS = {"monitors/{id}/checks", "incidents"}
"""They page through all that is kept, so any period is fine."""


def answered(client: ApiClient, start: datetime, end: datetime) -> dict[str, dict[str, object]]:
    """Ask each route for a window; return the errors of each, which has nothing otherwise."""
    monitor = client.make_monitor()
    found = {}
    for route in ROUTES:
        times = {"from": start.isoformat(), "to": end.isoformat()}
        answer = client.get(route.format(id=monitor["id"]), **times)
        body = body_of(answer)
        assert answer.status_code == (422 if "errors" in body else 200), (route, body)
        assert not any(body.get(name) for name in ("items", "points", "count"))
        found[route] = body.get("errors", {})
    return found


def test_a_reversed_window_is_refused_by_each_route(client: ApiClient) -> None:
    for route, errors in answered(client, NOW, NOW - YEAR).items():
        assert errors == {"from": ["Must be before the end of the period."]}, route


def test_ten_years_are_more_than_is_kept(client: ApiClient) -> None:
    for route, errors in answered(client, NOW - 10 * YEAR, NOW).items():
        assert bool(errors) == (route not in LISTS), route
        assert not errors or "Older history is not kept." in str(errors["from"])


def test_in_the_future_there_is_nothing_yet(client: ApiClient) -> None:
    for route, errors in answered(client, NOW + YEAR, NOW + 2 * YEAR).items():
        assert bool(errors) == route.endswith("analysis"), route
        assert not errors or errors == {"from": ["Must be in the past."]}


def test_a_time_that_no_check_can_have_is_named(client: ApiClient) -> None:
    all_time = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    for route, errors in answered(client, *all_time).items():
        assert errors.keys() == {"from", "to"}, route
