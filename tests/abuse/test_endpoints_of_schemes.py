"""Abuse 131: every field that says where a scheme sends secrets is known as such a field.

The schemes are walked with fields that are good, in each of which another place is put.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

from probes.auth.base import AuthorizationError, Exchange
from probes.auth.registry import SCHEMES
from probes.exchange import Request, Response
from probes.failures import ours
from services import secret_fields
from services.errors import Invalid
from services.secret_fields import may_hold_secret
from tests.abuse.schemes import GOOD
from tests.probes.auth.asking import credential, request
from tests.probes.auth.keys import EC, RSA, private_pem

ELSEWHERE = "elsewhere.example"
SPELLINGS = (f"https://{ELSEWHERE}/x", f"http://{ELSEWHERE}:3128", ELSEWHERE, f"HTTP@{ELSEWHERE}")
# Other ways to prove who one is, which send to other places.
MORE: Mapping[str, tuple[dict[str, Any], ...]] = {
    "oauth2": (
        {
            "grant": "jwt_bearer",
            "token_url": "https://issuer.example/token",
            "client_id": "c",
            "client_authentication": "private_key_jwt",
            # To read it is cheap, and each change of a field reads it.
            "private_key": private_pem(EC["ES256"]),
            "issuer": "https://issuer.example",
            "subject": "me",
        },
    ),
    "azure": (
        {
            "tenant": "contoso.example",
            "client_id": "c",
            "scope": "api://x/.default",
            "issuer": "https://issuer.example",
            "subject": "me",
            "private_key": private_pem(RSA),
            "key_id": "k",
        },
    ),
}
CASES = [(scheme, fields) for scheme in SCHEMES for fields in (GOOD[scheme], *MORE.get(scheme, ()))]
ENDPOINTS = {
    "azure": {"cloud", "tenant"},
    "form_login": {"login_url"},
    "json_login": {"login_url"},
    "negotiate": {"kdcs"},
    "oauth2": {"token_url"},
    "proxy": {"url"},
}
each_case = pytest.mark.parametrize(
    ("scheme", "fields"),
    CASES,
    ids=[f"{scheme}-{number}" for number, (scheme, _) in enumerate(CASES)],
)

Fields = dict[str, Any]


def places(scheme: str, fields: Fields) -> set[str]:
    """Return where a check with these fields connects to besides its site, as far as it gets."""
    first = request()
    found: set[str] = set()

    def send(asked: Request) -> Exchange:
        return (yield asked)

    exchange = SCHEMES[scheme].exchange(credential(scheme, fields), first, send)
    with suppress(AuthorizationError, StopIteration):
        asked = next(exchange)
        while True:
            found.update(_places(asked, first))
            asked = exchange.send(_answer(asked))
    return found


def _places(asked: Request, first: Request) -> Iterator[str]:
    if asked.url.origin != first.url.origin:
        yield f"{asked.url.scheme}://{asked.url.host}:{asked.url.port}"
    if asked.proxy:
        yield asked.proxy.url


def _answer(asked: Request) -> Response:
    """Give what a scheme may wait for: a page with a form, or a token."""
    if asked.side_task:
        return Response(failure=ours("Nobody runs errands here."))
    if asked.method == "GET":
        form = b"<form id=login method=post><input name=name><input name=word type=password></form>"
        return Response(status=200, headers=(("Content-Type", "text/html"),), body=form)
    token = {"access_token": "t", "id_token": "t", "token": "t", "token_type": "Bearer"}
    return Response(status=200, body=json.dumps(token).encode())


def changed(scheme: str, fields: Fields, name: str) -> Iterator[Fields]:
    """Put another place into one field, in each spelling that is taken for good."""
    annotation = SCHEMES[scheme].settings.model_fields[name].annotation
    options = get_args(annotation) if get_origin(annotation) is Literal else SPELLINGS
    for each in options:
        for value in (each, [each], {"x": each}):
            with suppress(ValidationError):
                SCHEMES[scheme].settings.model_validate({**fields, name: value})
                yield {**fields, name: value}


def test_these_fields_are_endpoints_and_no_others() -> None:
    assert {
        name: set(each.endpoints) for name, each in SCHEMES.items() if each.endpoints
    } == ENDPOINTS


@pytest.mark.abuse(131)
@each_case
def test_only_an_endpoint_leads_elsewhere(scheme: str, fields: Fields) -> None:
    """A field of a new scheme that does and is not marked as an endpoint fails here."""
    before = places(scheme, fields)
    for name, field in SCHEMES[scheme].settings.model_fields.items():
        if may_hold_secret(field.annotation):
            continue
        led = {place for other in changed(scheme, fields, name) for place in places(scheme, other)}
        if name in SCHEMES[scheme].endpoints:
            assert name == "tenant" or led - before, name
        else:
            assert led <= before, name


@pytest.mark.abuse(131)
@each_case
def test_with_another_endpoint_each_secret_is_given_anew(scheme: str, fields: Fields) -> None:
    settings = SCHEMES[scheme].settings.model_validate(fields)
    secrets = {
        name
        for name, field in type(settings).model_fields.items()
        if may_hold_secret(field.annotation) and getattr(settings, name)
    }
    for name in SCHEMES[scheme].endpoints:
        for other in changed(scheme, fields, name):
            after = SCHEMES[scheme].settings.model_validate(other)
            if getattr(after, name) == getattr(settings, name):
                continue
            with pytest.raises(Invalid) as refused:
                secret_fields.refuse_other_endpoint(scheme, settings, after, {name: other[name]})
            assert set(refused.value.problems) == {f"fields.{each}" for each in secrets}
            secret_fields.refuse_other_endpoint(scheme, settings, after, other)
