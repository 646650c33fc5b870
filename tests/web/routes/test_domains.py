"""The pages of domains."""

from flask import Flask

from tests.api.machines.callers import join
from tests.web.reader import Reader


def test_an_owner_adds_a_domain_and_is_told_its_record(ada: Reader) -> None:
    seen = ada.fill(ada.get("/settings/domains"), "/settings/domains", name="shop.test")
    (domain,) = ada.api.read("domains")["items"]
    assert seen.path == f"/settings/domains/{domain['id']}"
    assert "_downtime-challenge.shop.test" in seen.text
    assert domain["record_value"] in seen.text


def test_a_public_mail_domain_is_refused_with_the_reason(ada: Reader) -> None:
    seen = ada.fill(ada.get("/settings/domains"), "/settings/domains", name="gmail.com")
    assert seen.status == 422
    assert "nobody owns it" in seen.errors[0]


def test_others_only_read(app: Flask, ada: Reader) -> None:
    domain = ada.api.make("domains", name="shop.test")
    join(ada.api, app, "bob", "admin")
    bob = Reader(app).log_in("bob@example.test")
    seen = bob.get(f"/settings/domains/{domain['id']}")
    assert domain["record_value"] in seen.text
    assert seen.select("form[action^='/settings/domains']") == []
