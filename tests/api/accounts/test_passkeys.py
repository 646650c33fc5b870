"""Passkeys: registered, used without a password and beside it, and forged in every way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.alerting.account_event import AccountEvent
from models import LoginFailure, Passkey, PasskeyChallenge, UserSession
from models.session import api_scope, database_now
from security.links import NOBODY, Purpose, Subject
from services.accounts.login import passkeys
from tests.api.account_mails import letters
from tests.api.applications import Applications
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines.callers import join
from tests.factories.passkeys import SoftKey, coded

PROOF = {"current_password": PASSWORD}
LOGIN = {"email": "ada@example.test", "password": PASSWORD}


def offer(client: ApiClient) -> dict[str, Any]:
    options: dict[str, Any] = body_of(client.post("me/passkeys/options", PROOF))["options"]
    return options


def add(client: ApiClient, name: str = "Laptop", key: SoftKey | None = None) -> SoftKey:
    """Register a passkey."""
    key = key or SoftKey()
    client.make("me/passkeys", name=name, credential=key.create(offer(client)))
    return key


def asked(client: ApiClient) -> dict[str, Any]:
    options: dict[str, Any] = body_of(client.post("auth/passkey/options"))["options"]
    return options


def log_in(client: ApiClient, answer: dict[str, Any]) -> int:
    return client.post("auth/passkey", {"credential": answer}).status_code


def test_a_passkey_is_listed_with_its_name_and_whether_it_is_backed_up(
    client: ApiClient, app: Flask
) -> None:
    add(client, "Laptop")
    add(client, "Security key", SoftKey(flags=1 | 4))
    items = client.read("me/passkeys")["items"]
    assert [(each["name"], each["is_backup_eligible"], each["is_backed_up"]) for each in items] == [
        ("Laptop", True, True),
        ("Security key", False, False),
    ]
    assert all(each["last_used_at"] is None for each in items)
    events = [each.event for each in letters(app)]
    assert events == [AccountEvent.PASSKEY_ADDED] * 2


def test_a_passkey_logs_in_without_a_password_and_its_use_is_noted(
    client: ApiClient, anybody: ApiClient, session: Session
) -> None:
    key = add(client)
    options = asked(anybody)
    assert (options["userVerification"], options.get("allowCredentials", [])) == ("required", [])
    anybody.use(anybody.post("auth/passkey", {"credential": key.get(options)}))
    assert anybody.read("me")["user"]["email"] == "ada@example.test"
    assert client.read("me/passkeys")["items"][0]["last_used_at"] is not None
    last = select(UserSession.way).order_by(UserSession.id.desc()).limit(1)
    assert session.scalars(last).one() == "passkey"


def test_a_passkey_is_the_second_factor_of_a_login_by_password(client: ApiClient) -> None:
    key = add(client)
    missing = client.post("auth/login", LOGIN)
    assert missing.status_code == 422
    assert "passkey" in str(body_of(missing)["errors"]["code"])
    answer = key.get(asked(client))
    assert client.post("auth/login", {**LOGIN, "passkey": answer}).status_code == 200
    assert client.post("auth/login", {**LOGIN, "passkey": answer}).status_code == 401


def test_the_first_factor_ends_all_other_sessions_and_a_further_one_none(
    client: ApiClient, anybody: ApiClient
) -> None:
    anybody.use(anybody.post("auth/login", LOGIN))
    key = add(client)
    assert anybody.get("me").status_code == 401
    anybody.use(anybody.post("auth/passkey", {"credential": key.get(asked(anybody))}))
    add(client, "Phone")
    assert anybody.get("me").status_code == 200


def _wrong_origin(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, origin="https://evil.test")


def _wrong_rp_id(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, rp_id="evil.test")


def _smaller_count(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, sign_count=0)


def _of_another_account(key: SoftKey, other: SoftKey) -> SoftKey:
    """Name the key of one account and the user of the other."""
    return replace(key, user_handle=other.user_handle)


def _signed_by_another(key: SoftKey, other: SoftKey) -> SoftKey:
    return replace(key, private=other.private)


def _unverified(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, flags=1 | 8 | 16)


def _absent(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, flags=4 | 8 | 16)


def _no_longer_eligible(key: SoftKey, other: SoftKey) -> SoftKey:
    del other
    return replace(key, flags=1 | 4)


FORGED = (
    *(_wrong_origin, _wrong_rp_id, _smaller_count, _of_another_account),
    *(_signed_by_another, _unverified, _absent, _no_longer_eligible),
)


@pytest.mark.abuse(62)
@pytest.mark.parametrize("forge", FORGED, ids=lambda each: each.__name__.strip("_"))
def test_a_forged_answer_is_refused_and_counted(
    client: ApiClient,
    stranger: ApiClient,
    session: Session,
    forge: Callable[[SoftKey, SoftKey], SoftKey],
) -> None:
    key, other = add(client), add(stranger)
    assert log_in(client, forge(key, other).get(asked(client))) == 401
    assert session.scalar(select(func.count()).select_from(LoginFailure)) != 0
    assert log_in(client, key.get(asked(client))) == 200


@pytest.mark.abuse(62)
def test_an_answer_is_accepted_once(client: ApiClient) -> None:
    key = SoftKey(sign_count=-1)
    key.sign_count = 0
    add(client, key=key)
    answer = replace(key, sign_count=-1).get(asked(client))
    assert [log_in(client, answer) for _ in range(2)] == [200, 401]


@pytest.mark.abuse(62)
def test_two_answers_to_one_challenge_at_once_are_one_login(
    committed: Engine, applications: Applications, settings: Settings
) -> None:
    del committed
    with applications.serving(settings, api_scope) as app:
        client = ApiClient(app).register("ada@example.test")
        # Authenticators without a counter, so only the challenge tells that both are the same.
        keys = [add(client, name, SoftKey(sign_count=0)) for name in ("Laptop", "Phone")]
        options = asked(client)
        answers = [replace(key, sign_count=-1).get(options) for key in keys]
        with ThreadPoolExecutor(4) as threads:
            statuses = list(threads.map(lambda each: log_in(ApiClient(app), each), answers * 2))
    assert sorted(statuses) == [200, 401, 401, 401]


def test_a_deleted_passkey_is_refused(client: ApiClient) -> None:
    key = add(client)
    (item,) = client.read("me/passkeys")["items"]
    assert client.post(f"me/passkeys/{item['id']}/removal", PROOF).status_code == 204
    assert log_in(client, key.get(asked(client))) == 401
    assert client.post("auth/login", LOGIN).status_code == 200


@pytest.mark.abuse(62)
def test_the_key_of_another_account_is_no_second_factor(
    client: ApiClient, stranger: ApiClient
) -> None:
    add(client)
    theirs = add(stranger)
    answer = theirs.get(asked(client))
    assert client.post("auth/login", {**LOGIN, "passkey": answer}).status_code == 401


def test_a_key_is_registered_once_by_whichever_account(
    client: ApiClient, stranger: ApiClient
) -> None:
    key = add(client)
    body = {"name": "Copy", "credential": key.create(offer(stranger))}
    assert stranger.post("me/passkeys", body).status_code == 409


@pytest.mark.parametrize("of", ["another-user", "login", "twice", "expired"])
def test_a_registration_answers_a_challenge_of_its_own_account_once(
    app: Flask, client: ApiClient, stranger: ApiClient, session: Session, of: str
) -> None:
    options = offer(client)
    if of == "another-user":
        options["challenge"] = offer(stranger)["challenge"]
    elif of == "login":
        options["challenge"] = asked(client)["challenge"]
    elif of == "expired":
        options["challenge"] = _old_challenge(app, session, Purpose.PASSKEY_REGISTRATION)
    elif of == "twice":
        client.make("me/passkeys", name="First", credential=SoftKey().create(options))
    body = {"name": "Laptop", "credential": SoftKey().create(options)}
    refused = client.post("me/passkeys", body)
    assert refused.status_code == 422
    assert list(body_of(refused)["errors"]) == ["credential"]


@pytest.mark.abuse(62)
def test_a_challenge_is_valid_for_five_minutes(
    app: Flask, client: ApiClient, session: Session
) -> None:
    key = add(client)
    options = {"challenge": _old_challenge(app, session, Purpose.PASSKEY_LOGIN)}
    assert log_in(client, key.get(options)) == 401


def _old_challenge(app: Flask, session: Session, purpose: Purpose) -> str:
    links = app.extensions["downtime"].links
    subject = Subject(organization_id=NOBODY, id=NOBODY)
    before = database_now(session) - timedelta(minutes=5, seconds=1)
    return coded(links.token(purpose, subject, now=before).encode())


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": "AA"},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"},
        },
        {"id": "A" * 30_000},
    ],
    ids=["empty", "no-response", "empty-response", "no-challenge", "huge"],
)
def test_what_is_no_answer_is_refused(client: ApiClient, answer: dict[str, Any]) -> None:
    assert log_in(client, answer) == 401
    refused = client.post("me/passkeys", {"name": "Laptop", "credential": answer})
    assert refused.status_code == 422


def test_an_account_has_ten_passkeys_at_most(client: ApiClient, session: Session) -> None:
    for number in range(passkeys.MOST):
        add(client, f"Key {number}")
    assert client.post("me/passkeys/options", PROOF).status_code == 409
    assert session.scalar(select(func.count()).select_from(Passkey)) == passkeys.MOST


def test_a_passkey_is_renamed_and_removed_by_its_owner_only(
    client: ApiClient, stranger: ApiClient
) -> None:
    add(client)
    (item,) = client.read("me/passkeys")["items"]
    path = f"me/passkeys/{item['id']}"
    assert stranger.patch(path, {"name": "Mine"}).status_code == 404
    assert stranger.post(f"{path}/removal", PROOF).status_code == 404
    assert client.patch(path, {"name": "Old laptop"}).status_code == 200
    assert client.read("me/passkeys")["items"][0]["name"] == "Old laptop"
    wrong = client.post(f"{path}/removal", {"current_password": "not it"})
    assert wrong.status_code == 422
    assert client.post(f"{path}/removal", PROOF).status_code == 204
    assert client.read("me/passkeys")["items"] == []


def test_a_passkey_counts_as_the_second_factor_that_the_policy_demands(
    app: Flask, client: ApiClient
) -> None:
    add(client)
    bob = join(client, app, "bob", "viewer")
    demand = {"require_second_factor": True}
    assert client.patch("organization/policy", demand).status_code == 200
    assert bob.get("monitors").status_code == 403
    add(bob)
    assert bob.get("monitors").status_code == 200


def test_who_lacks_the_passkey_that_is_demanded_can_register_one_and_log_in_with_it(
    app: Flask, client: ApiClient
) -> None:
    bob = join(client, app, "bob", "viewer")
    key = add(client)
    client.use(client.post("auth/passkey", {"credential": key.get(asked(client))}))
    only = {"login_ways": ["passkey"]}
    assert client.patch("organization/policy", only).status_code == 200
    assert bob.get("monitors").status_code == 403
    own = add(bob)
    assert bob.get("monitors").status_code == 403
    assert bob.post("me/passkeys/options", PROOF).status_code == 403
    bob.use(bob.post("auth/passkey", {"credential": own.get(asked(bob))}))
    assert bob.get("monitors").status_code == 200


def test_answered_challenges_are_forgotten_when_they_expire(
    client: ApiClient, session: Session
) -> None:
    add(client)
    now = database_now(session)
    passkeys.purge(session, now=now)
    assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 1
    passkeys.purge(session, now=now + timedelta(minutes=6))
    assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 0
