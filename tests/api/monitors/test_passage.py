"""The way of `POST /monitors` goes down through the layers, and seldom comes back to a file."""

from tests.api.client import ApiClient
from tests.support.passage import passing


def test_a_monitor_that_is_created_passes_through_few_files(client: ApiClient) -> None:
    client.make_monitor()
    with passing("api/", "services/", "domain/") as passage:
        client.make_monitor(name="another")
    print(f"\nPOST /monitors: {passage}")  # noqa: T201 - for the reader with -s
    # Of these, 18 belong to plans, policies, projects and the audit log, through which each act goes.
    assert 0 < len(passage.files) <= 62


def test_services_are_called_downwards(client: ApiClient) -> None:
    client.make_monitor()
    with passing("services/monitors/", "services/schedules/", "services/events/") as passage:
        client.make_monitor(name="another")
    assert passage.returns <= 20
