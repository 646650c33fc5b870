"""People log in by the provider of their organization, and by no other."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, SsoIdentity, SsoLogin, User, UserSession
from tests.api.client import PASSWORD, ApiClient
from tests.api.sso.logins import Browser, Tenant
from tests.servers.oidc_provider import SigningKey


def members(client: ApiClient) -> dict[str, str]:
    return {each["email"]: each["role"] for each in client.read("members")["items"]}


def test_a_first_login_makes_a_member_and_the_next_finds_it(
    app: Flask, shop: Tenant, session: Session
) -> None:
    browser = Browser(app)
    response = browser.log_in(shop)
    assert response.status_code == 200, response.text
    assert browser.is_in
    assert members(shop.owner)["ann@shop.test"] == "viewer"
    again = Browser(app)
    again.log_in(shop, email="other@shop.test")
    assert again.is_in
    assert "other@shop.test" not in members(shop.owner)
    (identity,) = session.scalars(select(SsoIdentity))
    assert identity.subject == "ann"
    assert session.scalars(select(SsoLogin)).all() == []


def test_a_login_is_recorded_in_the_audit_log(
    browser: Browser, shop: Tenant, session: Session
) -> None:
    browser.log_in(shop)
    newest = session.scalars(select(AuditEntry).order_by(AuditEntry.at.desc())).first()
    assert newest is not None
    assert (newest.action, newest.actor_label) == ("session.created", "ann@shop.test")


def test_an_account_without_password_cannot_log_in_by_one(
    browser: Browser, shop: Tenant, anybody: ApiClient
) -> None:
    browser.log_in(shop)
    for password in ("", "none", PASSWORD):
        body = {"email": "ann@shop.test", "password": password}
        assert anybody.post("auth/login", body).status_code in {401, 422}


def test_groups_give_the_strongest_role_at_each_login(app: Flask, shop: Tenant) -> None:
    role_map = {"ops": "operator", "chiefs": "admin"}
    assert shop.owner.patch(shop.path, {"role_map": role_map}).status_code == 200
    for groups, role in (
        (["none"], "viewer"),
        (["ops", "chiefs"], "admin"),
        (["ops"], "operator"),
        ("chiefs", "admin"),
        ([], "admin"),
    ):
        Browser(app).log_in(shop, groups=groups)
        assert members(shop.owner)["ann@shop.test"] == role


def test_an_owner_stays_owner_whatever_the_groups_say(app: Flask, shop: Tenant) -> None:
    shop.owner.patch(shop.path, {"role_map": {"ops": "guest"}})
    Browser(app).log_in(shop)
    (ann,) = [each for each in shop.owner.read("members")["items"] if "shop.test" in each["email"]]
    assert shop.owner.patch(f"members/{ann['id']}", {"role": "owner"}).status_code == 200
    Browser(app).log_in(shop, groups=["ops"])
    assert members(shop.owner)["ann@shop.test"] == "owner"


def test_the_keys_of_a_provider_may_rotate(app: Flask, shop: Tenant) -> None:
    shop.provider.keys.insert(0, SigningKey("second"))
    browser = Browser(app)
    browser.log_in(shop)
    assert browser.is_in


def test_what_the_id_token_lacks_comes_from_the_user_info(app: Flask, shop: Tenant) -> None:
    shop.provider.user_info = {"sub": "ann", "email": "ann@shop.test", "email_verified": True}
    browser = Browser(app)
    url = browser.go("ann@shop.test")
    browser.come_back(url, shop.provider.authorize(url))
    assert browser.is_in


def test_another_issuer_ends_identities_and_sessions(browser: Browser, shop: Tenant) -> None:
    browser.log_in(shop)
    assert browser.is_in
    assert shop.owner.patch(shop.path, {"issuer": "https://other.test"}).status_code == 422
    change = {"issuer": "https://other.test", "client_secret": "new"}
    assert shop.owner.patch(shop.path, change).status_code == 200
    assert not browser.is_in


def test_the_secret_is_sealed_and_never_shown(shop: Tenant, session: Session) -> None:
    shown = shop.owner.get(shop.path).text
    assert "secret" not in shown
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("sso%")))
    assert all("a secret & more" not in str(each.changes) for each in entries)


def logout(shop: Tenant, browser: Browser, **changes: object) -> int:
    import time  # noqa: PLC0415

    now = int(time.time())
    event: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims = {
        "iss": shop.provider.issuer,
        "aud": "downtime",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
        "sub": "ann",
        "events": event,
        **changes,
    }
    stated = {name: value for name, value in claims.items() if value is not None}
    token = shop.provider.signed(stated, {"typ": "logout+jwt"})
    path = f"/sso/{shop.connection['id']}/logout"
    return browser.client.post(path, data={"logout_token": token}).status_code


def test_the_provider_ends_sessions(app: Flask, shop: Tenant) -> None:
    first, second = Browser(app), Browser(app)
    first.log_in(shop, sid="one")
    second.log_in(shop, sid="two")
    assert logout(shop, Browser(app), sid="one") == 200
    assert (first.is_in, second.is_in) == (False, True)
    assert logout(shop, Browser(app)) == 200
    assert not second.is_in


def test_a_forged_logout_ends_nothing(app: Flask, shop: Tenant, bank: Tenant) -> None:
    browser = Browser(app)
    browser.log_in(shop)
    for changes in (
        {"events": None},
        {"nonce": "1"},
        {"jti": None},
        {"aud": "another"},
        {"iss": bank.provider.issuer},
        {"exp": 1},
        {"sub": None},
    ):
        assert logout(shop, Browser(app), **changes) == 400, changes
    assert logout(bank, Browser(app)) == 200
    assert browser.is_in


def test_a_session_by_a_provider_counts_for_its_organization_alone(
    app: Flask, shop: Tenant, bank: Tenant, session: Session
) -> None:
    """The provider of one organization must not open another one of the same person."""
    from tests.api.machines.callers import join  # noqa: PLC0415

    join(bank.owner, app, "ann", "admin")
    user = session.scalars(select(User).where(User.email == "ann@example.test")).one()
    user.email = "ann@shop.test"
    session.commit()
    browser = Browser(app)
    browser.log_in(shop)
    assert browser.is_in
    bank_id = bank.owner.read("me")["organization"]["id"]
    switched = browser.client.post(
        "/organization", data={"organization": bank_id}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert switched.status_code == 403
    used = session.scalars(select(UserSession).where(UserSession.way == "sso")).one()
    session.refresh(used)
    assert used.sso_organization_id is not None
