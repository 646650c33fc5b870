"""Logins by a provider that other people wrote: `oidc-provider`, with its usual settings."""

from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.client import ApiClient
from tests.api.sso.logins import Browser, callback_of, prove
from tests.servers.oidc_provider import CLIENT, SECRET
from tests.servers.verifier import identity_provider


def at_provider(url: str, name: str) -> dict[str, str]:
    """Fill in the pages of the provider, and return the query with which it sends people back."""
    with requests.Session() as person:
        response = person.get(url, allow_redirects=False, timeout=10)
        for _ in range(12):
            if "Location" in response.headers:
                url = urljoin(url, response.headers["Location"])
                if "/callback" in url:
                    return dict(parse_qsl(urlsplit(url).query))
                response = person.get(url, allow_redirects=False, timeout=10)
                continue
            form = BeautifulSoup(response.text, "html.parser").find("form")
            assert form is not None, response.text
            fields = {
                str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]")
            }
            fields |= {"login": name, "password": "any"} if "login" in fields else {}
            url = urljoin(url, str(form["action"]))
            response = person.post(url, data=fields, allow_redirects=False, timeout=10)
    raise AssertionError("The provider never sent anybody back.")


def test_a_person_logs_in_by_a_provider_of_other_people(
    app: Flask, client: ApiClient, session: Session
) -> None:
    prove(session, client, "shop.test")
    values = {"name": "oidc-provider", "client_id": CLIENT, "client_secret": SECRET}
    made = client.make("sso-connections", issuer="https://later.test", **values)
    registered = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [made["redirect_uri"]],
    }
    with identity_provider({"clients": [registered], "domain": "shop.test"}) as issuer:
        change = {"issuer": issuer, "client_secret": SECRET}
        assert client.patch(f"sso-connections/{made['id']}", change).status_code == 200
        browser = Browser(app)
        url = browser.go("ann@shop.test")
        answer = at_provider(url, "ann")
        assert browser.client.get(callback_of(url), query_string=answer).status_code == 200
        assert browser.is_in
        assert browser.client.get(callback_of(url), query_string=answer).status_code == 401
    emails = {each["email"] for each in client.read("members")["items"]}
    assert "ann@shop.test" in emails
