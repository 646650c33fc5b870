"""Monitors that depend on others, over the API."""

from tests.api.client import ApiClient, body_of


def test_a_monitor_names_its_parents(client: ApiClient) -> None:
    router = client.make_monitor(name="Router")
    shop = client.make_monitor(parent_ids=[router["id"]])
    assert (router["parent_ids"], shop["parent_ids"]) == ([], [router["id"]])
    assert client.read(f"monitors/{shop['id']}") == shop
    changed = body_of(client.patch(f"monitors/{shop['id']}", {"parent_ids": []}))
    assert changed["parent_ids"] == []


def test_a_circle_is_refused_with_its_path(client: ApiClient) -> None:
    router = client.make_monitor(name="Router")
    shop = client.make_monitor(name="Shop", parent_ids=[router["id"]])
    response = client.patch(f"monitors/{router['id']}", {"parent_ids": [shop["id"]]})
    assert response.status_code == 422
    assert body_of(response)["errors"] == {
        "parent_ids": ["The parents form a circle: Router → Shop → Router."]
    }
    assert client.read(f"monitors/{router['id']}")["parent_ids"] == []


def test_many_monitors_can_be_made_below_one_parent(client: ApiClient) -> None:
    router = client.make_monitor(name="Router")
    wanted = [
        {"name": f"Shop {number}", "url": "https://shop.test/", "parent_ids": [router["id"]]}
        for number in range(3)
    ]
    response = client.post("monitors/bulk", {"mode": "all", "monitors": wanted})
    assert response.status_code == 201, response.text
    made = [item["monitor"]["parent_ids"] for item in body_of(response)["items"]]
    assert made == [[router["id"]]] * 3


def test_parents_that_are_not_there_are_named_by_index_in_a_bulk(client: ApiClient) -> None:
    missing = "0b9b1c9e-7a4f-4c0e-9d55-3f2f3c1f6a10"
    monitor = {"name": "Shop", "url": "https://shop.test/", "parent_ids": [missing]}
    response = client.post("monitors/bulk", {"mode": "all", "monitors": [monitor]})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["monitors.0.parent_ids"]


def test_a_monitor_takes_at_most_ten_parents(client: ApiClient) -> None:
    ids = [client.make_monitor()["id"] for _ in range(11)]
    response = client.post(
        "monitors", {"name": "Shop", "url": "https://shop.test/", "parent_ids": ids}
    )
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["parent_ids"]
