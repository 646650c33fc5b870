"""Abuse 130 and 131: secrets go where whoever may write the credential said, and nowhere else."""

from typing import Any

import pytest
from flask import Flask

from domain.permissions import Permission
from tests.api.client import ApiClient, body_of
from tests.api.machines import callers as machine_callers

SHOP = "https://shop.test"
ELSEWHERE = "https://elsewhere.test"
BEARER = {"name": "Shop login", "scheme": "bearer", "fields": {"token": "t-0123456789"}}
OAUTH2 = {
    "name": "Shop client",
    "scheme": "oauth2",
    "fields": {
        "token_url": "https://issuer.test/token",
        "client_id": "c",
        "client_secret": "s-0123456789",
    },
}
PROXY = {"name": "Way out", "scheme": "proxy", "fields": {"url": "http://proxy.test:3128"}}


def make(client: ApiClient, **values: object) -> str:
    return str(client.make("credentials", **{**BEARER, **values})["id"])


def origins(client: ApiClient, credential: str) -> list[str]:
    return list(client.read(f"credentials/{credential}")["origins"])


def with_scopes(app: Flask, client: ApiClient, *scopes: str) -> ApiClient:
    return machine_callers.with_token(app, machine_callers.new_key(client, *scopes)["key"])


def monitor_of(credential: str, url: str = f"{SHOP}/") -> dict[str, Any]:
    return {"name": "Shop", "url": url, "credential_ids": [credential]}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://shop.test", "https://shop.test"),
        ("https://SHOP.test:443/", "https://shop.test"),
        ("http://shop.test:80", "http://shop.test"),
        ("http://shop.test:8080", "http://shop.test:8080"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.test", "https://xn--bcher-kva.test"),
        ("https://shop.test.", "https://shop.test"),
    ],
)
def test_an_origin_is_kept_as_it_is_compared(client: ApiClient, given: str, stored: str) -> None:
    assert origins(client, make(client, origins=[given, given])) == [stored]


@pytest.mark.parametrize(
    "given",
    [
        "shop.test",
        "*",
        "https://*.shop.test",
        "https://shop.test/login",
        "https://shop.test/?a=b",
        "https://shop.test/#a",
        "https://user@shop.test",
        "https://shop.test@evil.test",
        "https://shop.test\\evil.test",
        "gopher://shop.test",
        "null",
        "",
    ],
)
def test_what_is_no_origin_is_refused(client: ApiClient, given: str) -> None:
    response = client.post("credentials", {**BEARER, "origins": [SHOP, given]})
    assert (response.status_code, list(body_of(response)["errors"])) == (422, ["origins.1"])


def test_there_are_not_endless_origins(client: ApiClient) -> None:
    many = [f"https://{number}.shop.test" for number in range(51)]
    response = client.post("credentials", {**BEARER, "origins": many})
    assert (response.status_code, list(body_of(response)["errors"])) == (422, ["origins"])


def test_what_is_sent_to_no_site_has_no_origins(client: ApiClient) -> None:
    proxy = make(client, **PROXY)
    for url in (f"{SHOP}/", f"{ELSEWHERE}/"):
        client.make("monitors", **monitor_of(proxy, url))
    assert origins(client, proxy) == []
    response = client.patch(f"credentials/{proxy}", {"origins": [SHOP]})
    assert list(body_of(response)["errors"]) == ["origins"]


@pytest.mark.abuse(130)
def test_the_first_monitor_of_one_who_may_write_it_says_where_it_goes(client: ApiClient) -> None:
    credential = make(client)
    monitor = client.make("monitors", **monitor_of(credential))
    assert origins(client, credential) == [SHOP]
    refused = client.post("monitors", monitor_of(credential, f"{ELSEWHERE}/"))
    assert list(body_of(refused)["errors"]) == ["credential_ids"]
    moved = client.patch(f"monitors/{monitor['id']}", {"url": f"{ELSEWHERE}/"})
    assert list(body_of(moved)["errors"]) == ["credential_ids"]
    client.patch(f"credentials/{credential}", {"origins": [SHOP, ELSEWHERE]})
    client.make("monitors", **monitor_of(credential, f"{ELSEWHERE}/"))
    moved = client.patch(f"monitors/{monitor['id']}", {"url": f"{ELSEWHERE}/"})
    assert moved.status_code == 200


@pytest.mark.abuse(130)
@pytest.mark.parametrize(
    "url",
    [
        "http://shop.test/",
        "https://shop.test:8443/",
        "https://shop.test.evil.test/",
        "https://a.shop.test/",
        "https://test/",
        "https://shop.test:80/",
    ],
)
def test_another_scheme_host_or_port_is_another_origin(client: ApiClient, url: str) -> None:
    credential = make(client, origins=[SHOP])
    refused = client.post("monitors", monitor_of(credential, url))
    assert list(body_of(refused)["errors"]) == ["credential_ids"]


@pytest.mark.abuse(130)
def test_a_credential_without_origins_is_for_nobody_who_may_not_write_it(
    app: Flask, client: ApiClient
) -> None:
    operator = machine_callers.join(client, app, "olga", "operator")
    credential = make(client)
    refused = operator.post("monitors", monitor_of(credential))
    assert "credential:write" in body_of(refused)["errors"]["credential_ids"][0]
    client.patch(f"credentials/{credential}", {"origins": [SHOP]})
    assert operator.post("monitors", monitor_of(credential)).status_code == 201
    refused = operator.post("monitors", monitor_of(credential, f"{ELSEWHERE}/"))
    assert list(body_of(refused)["errors"]) == ["credential_ids"]
    assert operator.patch(f"credentials/{credential}", {"origins": [ELSEWHERE]}).status_code == 403


@pytest.mark.abuse(130)
@pytest.mark.parametrize("path", ["monitors", "all", "each"])
def test_whoever_may_only_write_monitors_names_no_credential(
    app: Flask, client: ApiClient, path: str
) -> None:
    """As was shown: a key with this one scope sent a secret to an address of its own."""
    key = with_scopes(app, client, Permission.MONITOR_WRITE)
    body: dict[str, Any] = monitor_of(make(client, origins=[SHOP]))
    if path != "monitors":
        body, path = {"mode": path, "monitors": [body]}, "monitors/bulk"
    response = key.post(path, body)
    assert response.status_code == 403
    assert "credential:use" in response.headers["WWW-Authenticate"]
    assert client.read("monitors")["items"] == []


@pytest.mark.abuse(130)
@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"{SHOP}/delete-all"},
        {"settings": {"allow_plaintext_credentials": True}},
        {"settings": {"method": "POST", "body": "all"}},
        {"settings": {"keyword": "secret"}},
        {"credential_ids": []},
        {"kind": "tcp", "url": "tcp://shop.test:443", "credential_ids": []},
    ],
)
def test_nor_do_they_change_what_is_asked_with_one(
    app: Flask, client: ApiClient, changes: dict[str, Any]
) -> None:
    monitor = client.make("monitors", **monitor_of(make(client)))
    path = f"monitors/{monitor['id']}"
    key = with_scopes(app, client, Permission.MONITOR_WRITE)
    assert key.patch(path, changes).status_code == 403
    assert client.read(path)["settings"] == monitor["settings"]
    assert key.patch(path, {"name": "Store", "url": f"{SHOP}/"}).status_code == 200
    may = with_scopes(app, client, Permission.MONITOR_WRITE, Permission.CREDENTIAL_USE)
    assert may.patch(path, changes).status_code == 200


@pytest.mark.abuse(130)
def test_in_a_list_the_first_says_where_it_goes_for_those_after_it(client: ApiClient) -> None:
    credential = make(client)
    wanted = [monitor_of(credential), monitor_of(credential, f"{ELSEWHERE}/")]
    refused = client.post("monitors/bulk", {"mode": "all", "monitors": wanted})
    assert list(body_of(refused)["errors"]) == ["monitors.1.credential_ids"]
    assert origins(client, credential) == []
    made = client.post("monitors/bulk", {"mode": "each", "monitors": wanted})
    assert [each["status"] for each in body_of(made)["items"]] == [201, 422]
    assert origins(client, credential) == [SHOP]


def test_an_origin_in_use_stays(client: ApiClient) -> None:
    credential = make(client, origins=[SHOP, ELSEWHERE])
    monitor = client.make("monitors", **monitor_of(credential))
    for named in ([], [ELSEWHERE]):
        assert client.patch(f"credentials/{credential}", {"origins": named}).status_code == 409
    assert client.patch(f"credentials/{credential}", {"origins": [SHOP]}).status_code == 200
    client.delete(f"monitors/{monitor['id']}")
    assert client.patch(f"credentials/{credential}", {"origins": []}).status_code == 200


@pytest.mark.abuse(131)
def test_a_secret_follows_no_other_address_of_its_own_scheme(client: ApiClient) -> None:
    """As was shown: a new `token_url` was sent the client_secret that nobody gave again."""
    made = make(client, **OAUTH2)
    elsewhere = {"token_url": "https://elsewhere.test/token"}
    refused = client.patch(f"credentials/{made}", {"fields": elsewhere})
    assert list(body_of(refused)["errors"]) == ["fields.client_secret"]
    fields = client.read(f"credentials/{made}")["fields"]
    assert fields["token_url"] == "https://issuer.test/token"
    anew = {**elsewhere, "client_secret": "s-0123456789"}
    assert client.patch(f"credentials/{made}", {"fields": anew}).status_code == 200


@pytest.mark.abuse(131)
def test_what_leaves_the_address_as_it_is_takes_no_secret(client: ApiClient) -> None:
    made = make(client, **OAUTH2)
    same = {"token_url": "https://ISSUER.test:443/token", "scope": "all"}
    assert client.patch(f"credentials/{made}", {"fields": same}).status_code == 200
