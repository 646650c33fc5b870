"""Keys with a password: opened once, beside the request, and by nobody for long."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import Settings
from server.resources import Transactions
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.costs import schemes
from tests.costs.schemes import WITH_KEYS, with_another_key
from tests.factories.locked_keys import AUTHORITY, PASSWORD, with_file, with_key
from tests.security import costly_files as make

Fields = dict[str, Any]
Ends = list[str]


@pytest.fixture
def app(applications: Applications, settings: Settings, noted: Transactions) -> Iterator[Flask]:
    with applications.serving(settings, noted) as app:
        yield app


def credential(fields: Fields) -> Fields:
    return {"name": "Client", "scheme": "client_certificate", "fields": fields}


def is_set(answer: TestResponse) -> list[str]:
    shown = body_of(answer)["fields"]
    secret = [name for name in ("key", "pkcs12", "password") if shown[name]["set"]]
    return secret + ["certificate"] * bool(shown["certificate"])


@pytest.mark.abuse(100)
@pytest.mark.parametrize("fields", [with_key(), with_file()], ids=["key", "pkcs12"])
def test_it_is_opened_between_two_transactions_and_stored_without_its_password(
    client: ApiClient, ends: Ends, fields: Fields
) -> None:
    ends.clear()
    made = client.post("credentials", credential(fields))
    assert made.status_code == 201, made.text
    assert ends == ["NeedsValidation", ""]
    assert is_set(made) == ["key", "certificate"]
    assert "PRIVATE" not in made.text


@pytest.mark.abuse(102)
@pytest.mark.parametrize("scheme", WITH_KEYS)
def test_a_large_key_is_validated_between_two_transactions(
    client: ApiClient, ends: Ends, scheme: str
) -> None:
    ends.clear()
    given = {"name": "Signing", "scheme": scheme, "fields": schemes.WORST[scheme].fields()}
    made = client.post("credentials", given)
    assert made.status_code == 201, made.text
    assert ends == ["NeedsValidation", ""]
    ends.clear()
    strange = with_another_key(scheme, schemes.strange_key(4096))
    refused = client.post("credentials", {**given, "name": "Strange", "fields": strange})
    assert (refused.status_code, ends) == (422, ["NeedsValidation", "Invalid"])
    assert body_of(refused)["errors"] == {"fields": ["The key is not a private key in PEM."]}


def test_what_does_not_open_is_refused_by_field_without_an_echo(
    client: ApiClient, ends: Ends
) -> None:
    ends.clear()
    refused = client.post("credentials", credential({**with_file(), "password": "another-canary"}))
    assert (refused.status_code, ends) == (422, ["NeedsValidation", "Invalid"])
    assert body_of(refused)["errors"] == {
        "fields": ["This is not a PKCS#12 file, or the password is wrong."]
    }
    other = {**with_file(), "certificate": None}
    expired = AUTHORITY.issue_cert("client@shop.test")
    strange = {**with_key(), "certificate": expired.cert_chain_pems[0].bytes().decode()}
    refused = client.post("credentials", credential(strange))
    assert "does not match the first certificate" in str(body_of(refused)["errors"])
    assert client.post("credentials", credential(other)).status_code == 201


COSTLY: dict[str, tuple[Fields, str]] = {
    "iterations": (
        {
            **with_key(),
            "key": make.pem(make.encrypted_key(make.pbes2(make.pbkdf2(400_000_000)))),
        },
        "400,000,000 times: at most 1,000,000",
    ),
    "scrypt": (
        {
            **with_key(),
            "key": make.pem(make.encrypted_key(make.pbes2(make.scrypt(1 << 24, 8, 1)))),
        },
        "16,384 MiB: at most 64",
    ),
    "file": (
        {"pkcs12": make.base64(make.pkcs12(mac=make.usual_mac(400_000_000))), "password": "x"},
        "400,000,000 times: at most 1,000,000",
    ),
}


@pytest.mark.abuse(100)
@pytest.mark.parametrize(("fields", "words"), COSTLY.values(), ids=COSTLY)
def test_what_would_take_long_is_refused_with_the_limit_and_nothing_is_examined(
    client: ApiClient, ends: Ends, fields: Fields, words: str
) -> None:
    ends.clear()
    refused = client.post("credentials", credential(fields))
    assert (refused.status_code, ends) == (422, ["Invalid"])
    assert words in str(body_of(refused)["errors"])


def test_another_file_replaces_the_key_and_a_key_the_file(client: ApiClient, ends: Ends) -> None:
    made = client.make("credentials", **credential(with_key()))
    path = f"credentials/{made['id']}"
    changed = client.patch(path, {"fields": with_file()})
    assert changed.status_code == 200, changed.text
    before, after = made["fields"]["key"], body_of(changed)["fields"]["key"]
    assert before["fingerprint"] != after["fingerprint"]
    issued = AUTHORITY.issue_cert("client@shop.test")
    plain = {
        "certificate": issued.cert_chain_pems[0].bytes().decode(),
        "key": issued.private_key_pem.bytes().decode(),
    }
    ends.clear()
    assert client.patch(path, {"fields": plain}).status_code == 200
    assert ends == [""]
    refused = client.patch(path, {"fields": {"password": PASSWORD}})
    assert "Omit the password" in str(body_of(refused)["errors"])


def test_the_same_file_once_more_changes_nothing(client: ApiClient) -> None:
    fields = with_file()
    made = client.make("credentials", **credential(fields))
    changed = client.patch(f"credentials/{made['id']}", {"fields": fields})
    assert body_of(changed)["fields"]["key"] == made["fields"]["key"]
