"""Creating many monitors at once."""

from typing import Any

import pytest

from tests.api.client import ApiClient, body_of

GOOD = {"name": "Shop", "url": "https://shop.test/"}
UNREADABLE = {"name": "Shop"}
UNACCEPTABLE = {"name": "Shop", "url": "ftp://shop.test/"}


def bulk(client: ApiClient, mode: str, *monitors: object) -> tuple[int, dict[str, Any]]:
    response = client.post("monitors/bulk", {"mode": mode, "monitors": monitors})
    return response.status_code, body_of(response)


@pytest.mark.parametrize(("mode", "status"), [("all", 201), ("each", 207)])
def test_good_monitors_are_created_in_order(client: ApiClient, mode: str, status: int) -> None:
    wanted = [{**GOOD, "name": str(number)} for number in range(5)]
    answered, body = bulk(client, mode, *wanted)
    assert answered == status
    assert [item["index"] for item in body["items"]] == list(range(5))
    assert [item["monitor"]["name"] for item in body["items"]] == list("01234")
    shown = client.read("monitors", order="created_at")["items"]
    assert shown == [item["monitor"] for item in body["items"]]


def test_all_or_nothing_creates_nothing_when_one_is_bad(client: ApiClient) -> None:
    status, body = bulk(client, "all", GOOD, UNREADABLE, UNACCEPTABLE)
    assert status == 422
    assert set(body["errors"]) == {"monitors.1.url", "monitors.2.url"}
    assert client.read("monitors")["items"] == []


def test_each_creates_the_good_and_names_what_is_wrong_with_the_bad(client: ApiClient) -> None:
    status, body = bulk(client, "each", UNREADABLE, GOOD, UNACCEPTABLE, "text")
    assert status == 207
    assert [item["status"] for item in body["items"]] == [422, 201, 422, 422]
    assert [item["index"] for item in body["items"]] == [0, 1, 2, 3]
    assert list(body["items"][0]["problem"]["errors"]) == ["url"]
    assert list(body["items"][2]["problem"]["errors"]) == ["url"]
    assert len(client.read("monitors")["items"]) == 1


@pytest.mark.abuse(101)
def test_all_monitors_together_have_a_thousand_assertions_at_most(client: ApiClient) -> None:
    one = {"type": "regex", "pattern": r"\pL{1000}"}
    wanted = {**GOOD, "settings": {"assertions": [one] * 20}}
    status, body = bulk(client, "each", *[wanted] * 51, "text", {"settings": []})
    assert (status, list(body["errors"])) == (422, ["monitors"])
    long = {"type": "json_path", "path": "$" + ".a" * 140, "comparison": "exists"}
    status, body = bulk(client, "each", *[{**GOOD, "settings": {"assertions": [long] * 20}}] * 12)
    assert "at most 1,000 assertions, of 65,536 characters" in body["errors"]["monitors"][0]
    status, body = bulk(client, "each", *[wanted] * 3, GOOD)
    assert [item["status"] for item in body["items"]] == [422, 422, 422, 201]


def test_a_contact_group_of_another_organization_is_unknown(
    client: ApiClient, stranger: ApiClient
) -> None:
    group = stranger.make("contact-groups", name="Theirs")
    wanted = {**GOOD, "contact_group_ids": [group["id"]]}
    _, body = bulk(client, "each", wanted, GOOD)
    assert list(body["items"][0]["problem"]["errors"]) == ["contact_group_ids"]
    assert body["items"][1]["status"] == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "some", "monitors": [GOOD]}, "mode"),
        ({"monitors": [GOOD]}, "mode"),
        ({"mode": "all", "monitors": []}, "monitors"),
        ({"mode": "all", "monitors": [GOOD] * 501}, "monitors"),
        ({"mode": "all", "monitors": [GOOD] * 1001}, "monitors"),
        ({"mode": "all", "monitors": GOOD}, "monitors"),
        ({"mode": "all"}, "monitors"),
    ],
)
def test_a_bad_bulk_is_refused_as_a_whole(
    client: ApiClient, body: dict[str, object], field: str
) -> None:
    response = client.post("monitors/bulk", body)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]


def test_five_hundred_monitors_fit_into_one_request(client: ApiClient) -> None:
    status, body = bulk(client, "all", *[GOOD] * 500)
    assert status == 201
    assert len({item["monitor"]["id"] for item in body["items"]}) == 500
