"""Forged and crossed answers of providers: none begins a session, makes a member or links anybody."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import Domain, SsoIdentity, SsoLogin, User, UserSession
from models.domain import DomainState
from tests.api.client import ApiClient
from tests.api.sso.logins import Browser, Tenant, callback_of, tenant
from tests.servers.oidc_provider import CLIENT, Grant, Providers, SigningKey

NOW = int(time.time())
ANN: dict[str, Any] = {"email": "ann@shop.test", "email_verified": True}

CLAIMS: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://elsewhere.test"},
    "issuer with a slash more": {"iss": "{issuer}/"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "another"},
    "no audience": {"aud": None},
    "two audiences without azp": {"aud": [CLIENT, "another"]},
    "issued to another client": {"azp": "another"},
    "audience that contains ours as a part": {"aud": f"{CLIENT}-2"},
    "wrong nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "nonce of another type": {"nonce": 1},
    "expired": {"exp": NOW - 120},
    "no expiry": {"exp": None},
    "expiry as a text": {"exp": "9999999999"},
    "expiry as true": {"exp": True},
    "issued in the future": {"iat": NOW + 600},
    "issued long ago": {"iat": NOW - 3600},
    "no time of issue": {"iat": None},
    "not valid yet": {"nbf": NOW + 600},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "subject of another type": {"sub": 7},
    "subject without end": {"sub": "a" * 300},
    "a logout token": {"events": {}},
    "no address": {"email": None},
    "address of another organization": {"email": "ann@bank.test"},
    "address of nobody's domain": {"email": "ann@nobody.test"},
    "address of a subdomain": {"email": "ann@mail.shop.test"},
    "address that ends like ours": {"email": "ann@evil-shop.test"},
    "two addresses in one": {"email": "ann@bank.test,ann@shop.test"},
    "list of addresses": {"email": ["ann@shop.test"]},
    "missing email_verified": {"email_verified": None},
    "false email_verified": {"email_verified": False},
    "email_verified as a text": {"email_verified": "true"},
    "email_verified as a number": {"email_verified": 1},
}


@pytest.fixture
def refused(app: Flask, shop: Tenant, session: Session) -> Callable[[], None]:
    """Check that nothing came of a login. Call it after it."""

    def count() -> tuple[int, ...]:
        session.expire_all()
        tables = (User.id, SsoIdentity.id, UserSession.id)
        return tuple(session.scalars(select(func.count(each))).one() for each in tables)

    before = count()
    del app, shop

    def check() -> None:
        assert count() == before

    return check


@pytest.mark.parametrize("name", CLAIMS)
def test_forged_claims_are_refused(
    browser: Browser, shop: Tenant, refused: Callable[[], None], name: str
) -> None:
    forged = {
        claim: value.format(issuer=shop.provider.issuer) if claim == "iss" and value else value
        for claim, value in CLAIMS[name].items()
    }
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, **{**ANN, **forged})
    assert browser.come_back(url, answer).status_code == 401
    assert not browser.is_in
    refused()


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]
    return f"{'.'.join(encoded)}."


def _by_public_key(shop: Tenant, claims: dict[str, Any]) -> str:
    """Sign with the published key as if it were a shared secret."""
    key = shop.provider.keys[0].key.public_key()
    secret = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "typ": "JWT", "kid": "first"}
    text = ".".join(
        urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in (head, claims)
    )
    digest = hmac.new(secret, text.encode(), "sha256").digest()
    return f"{text}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


SIGNATURES: dict[str, Callable[[Tenant, Tenant, dict[str, Any]], str]] = {
    "algorithm none": lambda _, __, claims: _unsigned(claims),
    "HS256 with our client secret": lambda _, __, claims: jwt.encode(
        claims, "a secret & more".ljust(32), algorithm="HS256", headers={"kid": "first"}
    ),
    "HS256 with the public key": lambda shop, _, claims: _by_public_key(shop, claims),
    "key of a stranger": lambda shop, _, claims: shop.provider.signed(
        claims, {}, SigningKey("first")
    ),
    "key of another organization": lambda shop, bank, claims: shop.provider.signed(
        claims, {}, bank.provider.keys[0]
    ),
    "unknown key id": lambda shop, _, claims: shop.provider.signed(claims, {"kid": "../first"}),
    "key in the header": lambda shop, _, claims: shop.provider.signed(
        claims, {"kid": "own", "jwk": SigningKey("own").public}, SigningKey("own")
    ),
    "address of keys in the header": lambda shop, bank, claims: shop.provider.signed(
        claims, {"jku": f"{bank.provider.issuer}/jwks"}, bank.provider.keys[0]
    ),
    "critical header": lambda shop, _, claims: shop.provider.signed(
        claims, {"crit": ["x"], "x": 1}
    ),
    "type of an access token": lambda shop, _, claims: shop.provider.signed(
        claims, {"typ": "at+jwt"}
    ),
    "type of a logout token": lambda shop, _, claims: shop.provider.signed(
        claims, {"typ": "logout+jwt"}
    ),
    "no token at all": lambda _, __, ___: "none",
    "token of 40 KB": lambda shop, _, claims: shop.provider.signed(
        {**claims, "x": "x" * 40_000}, {}
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_forged_signatures_are_refused(
    browser: Browser, shop: Tenant, bank: Tenant, session: Session, name: str
) -> None:
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, **ANN)
    grant: Grant = shop.provider.grants[answer["code"]]
    grant.sent = SIGNATURES[name](shop, bank, grant.claims)
    assert browser.come_back(url, answer).status_code == 401
    assert session.scalars(select(SsoIdentity)).all() == []


def test_keys_that_were_swapped_or_are_short_are_refused(browser: Browser, shop: Tenant) -> None:
    sets: tuple[list[dict[str, Any]], ...] = (
        [SigningKey("first").public],
        [],
        [shop.provider.keys[0].public, shop.provider.keys[0].public],
        [{**shop.provider.keys[0].public, "use": "enc"}],
        [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}],
    )
    for published in sets:
        shop.provider.published = published or [{}]
        assert browser.log_in(shop).status_code == 401
    shop.provider.published = None
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - too short on purpose
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(small.public_key()))
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, **ANN)
    grant = shop.provider.grants[answer["code"]]
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        grant.sent = jwt.encode(grant.claims, small, algorithm="RS256", headers={"kid": "small"})
    shop.provider.published = [{**public, "kid": "small"}]
    assert browser.come_back(url, answer).status_code == 401


def test_an_answer_counts_once_and_for_the_browser_that_asked(app: Flask, shop: Tenant) -> None:
    browser, thief = Browser(app), Browser(app)
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, **ANN)
    assert thief.come_back(url, answer).status_code == 401
    assert not thief.is_in
    # Nor can the thief end the login of somebody else.
    assert browser.come_back(url, answer).status_code == 200
    assert browser.come_back(url, answer).status_code == 401


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "x" * 43},
        {"state": ""},
        {"code": ""},
        {"code": "unknown"},
        {"code": "x" * 5000},
        {"iss": "https://elsewhere.test"},
        {"iss": None},
        {"error": "access_denied", "code": None},
    ],
    ids=lambda forged: "-".join(f"{name} {str(value)[:8]}" for name, value in forged.items()),
)
def test_forged_answers_are_refused(
    browser: Browser, shop: Tenant, refused: Callable[[], None], forged: dict[str, Any]
) -> None:
    url = browser.go(shop.address())
    answer = {**shop.provider.authorize(url, **ANN), **forged}
    sent = {name: value for name, value in answer.items() if value is not None}
    assert browser.come_back(url, sent).status_code == 401
    refused()


def test_a_code_of_another_login_is_refused(app: Flask, shop: Tenant) -> None:
    """The verifier is bound to the browser, so a stolen code is worth nothing in another one."""
    victim, thief = Browser(app), Browser(app)
    url = victim.go(shop.address())
    stolen = shop.provider.authorize(url, **ANN)
    own_url = thief.go(shop.address())
    own = shop.provider.authorize(own_url, **ANN)
    assert thief.come_back(own_url, {**own, "code": stolen["code"]}).status_code == 401


def test_a_login_that_took_too_long_is_refused(
    browser: Browser, shop: Tenant, session: Session
) -> None:
    url = browser.go(shop.address())
    session.execute(update(SsoLogin).values(expires_at=func.now()))
    session.commit()
    assert browser.come_back(url, shop.provider.authorize(url, **ANN)).status_code == 401


@pytest.mark.parametrize("named", ["with iss", "without iss"])
def test_two_providers_cannot_be_mixed_up(
    browser: Browser, shop: Tenant, bank: Tenant, named: str, refused: Callable[[], None]
) -> None:
    """Send the answer of one provider to the callback of the other, both ways."""
    for ours, theirs in ((shop, bank), (bank, shop)):
        url = browser.go(ours.address())
        other = browser.go(theirs.address())
        answer = theirs.provider.authorize(other, **{**ANN, "email": ours.address()})
        answer |= {"state": ours.provider.authorize(url)["state"]}
        if named == "without iss":
            del answer["iss"]
        assert browser.come_back(url, answer).status_code == 401
        assert browser.client.get(callback_of(other), query_string=answer).status_code == 401
    refused()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.test"},
        {"issuer": None},
        {"token_endpoint": "http://elsewhere.test/token"},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"jwks_uri": "https://user@127.0.0.1/jwks"},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
    ids=lambda each: "-".join(f"{name} {value}"[:40] for name, value in each.items()),
)
def test_metadata_that_cannot_be_trusted_begins_no_login(
    browser: Browser, shop: Tenant, metadata: dict[str, Any]
) -> None:
    shop.provider.metadata = metadata
    response = browser.client.post(
        "/login/sso", data={"email": shop.address()}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code == 401


def test_user_info_about_somebody_else_is_refused(browser: Browser, shop: Tenant) -> None:
    shop.provider.user_info = {**ANN, "sub": "eve"}
    url = browser.go(shop.address())
    assert browser.come_back(url, shop.provider.authorize(url)).status_code == 401


def test_a_second_subject_cannot_take_an_account_by_its_address(app: Flask, shop: Tenant) -> None:
    Browser(app).log_in(shop)
    thief = Browser(app)
    assert thief.log_in(shop, sub="eve").status_code == 401


def test_a_domain_that_was_lost_makes_nobody_a_member(
    browser: Browser, shop: Tenant, session: Session, refused: Callable[[], None]
) -> None:
    url = browser.go(shop.address())
    session.execute(update(Domain).values(state=DomainState.LOST))
    session.commit()
    assert browser.come_back(url, shop.provider.authorize(url, **ANN)).status_code == 401
    refused()


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.test", "client_secret": "s"},
        {"client_id": "x"},
        {"enabled": False},
    ],
    ids=["issuer", "client", "disabled"],
)
def test_a_connection_that_changed_during_the_login_is_not_used(
    browser: Browser, shop: Tenant, change: dict[str, Any]
) -> None:
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, **ANN)
    assert shop.owner.patch(shop.path, change).status_code == 200
    assert browser.come_back(url, answer).status_code == 401
    assert not browser.is_in


def test_a_connection_that_says_so_needs_no_email_verified_inside_its_domain(
    browser: Browser, shop: Tenant
) -> None:
    assert shop.owner.patch(shop.path, {"verifies_addresses": True}).status_code == 200
    assert browser.log_in(shop, email_verified=None).status_code == 200
    assert (
        Browser(browser.reader.app)
        .log_in(shop, sub="eve", email_verified=None, email="eve@shop.test")
        .status_code
        == 200
    )
    url = browser.go(shop.address())
    answer = shop.provider.authorize(url, sub="mal", email="mal@bank.test")
    assert browser.come_back(url, answer).status_code == 401


def test_no_provider_of_three_logs_in_links_or_makes_anybody_of_another_domain(
    app: Flask,
    register: Callable[[str], ApiClient],
    session: Session,
    idps: Providers,
) -> None:
    """Each provider claims an address of each domain, verified or not, as each subject."""
    tenants = [
        tenant(session, register(name), f"{name}.test", idps.new(), verifies_addresses=True)
        for name in ("one", "two", "three")
    ]
    for ours in tenants:
        for theirs in tenants:
            for verified in (True, None):
                browser = Browser(app)
                url = browser.go(ours.address())
                claims: dict[str, Any] = {
                    "email": theirs.address(),
                    "email_verified": verified,
                }
                answer = ours.provider.authorize(url, sub=theirs.domain, **claims)
                is_own = ours is theirs
                expected = 200 if is_own else 401
                assert browser.come_back(url, answer).status_code == expected
                assert browser.is_in is is_own
    linked = session.execute(
        select(SsoIdentity.organization_id, User.email).join(User, User.id == SsoIdentity.user_id)
    ).all()
    assert len(linked) == len(tenants)
    assert {email for _, email in linked} == {each.address() for each in tenants}
