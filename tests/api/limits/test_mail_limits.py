"""Nobody is sent mails without end, and nobody uses up those that others need."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Invitation
from security.links import LIFETIMES, Purpose
from tests.api.account_mails import letters
from tests.api.client import PASSWORD, ApiClient
from tests.api.limits.test_rate_limits import ask

Make = Callable[..., Flask]


@pytest.mark.abuse(59)
def test_an_account_is_sent_a_link_as_long_as_the_last_ones_work_whoever_asks_and_if_it_is_known(
    make_app: Make,
) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    for email in ("ada@example.test", "nobody@example.test"):
        answers = [
            ask(client, "auth/forgot-password", {"email": email}, f"198.51.100.{peer}")
            for peer in range(4)
        ]
        assert [answer.status_code for answer in answers] == [202] * 3 + [429]
        policy = answers[-1].headers["RateLimit-Policy"]
        lifetime = LIFETIMES[Purpose.PASSWORD_RESET]
        assert policy == f'"reset-mails";q=3;w={lifetime.total_seconds():.0f}'


@pytest.mark.abuse(82)
def test_each_kind_of_mail_has_limits_of_its_own_and_so_has_who_asks(make_app: Make) -> None:
    app = make_app()
    ada, eve = (ApiClient(app).register(f"{name}@example.test") for name in ("ada", "eve"))
    email = "olga@example.test"
    registration = {"email": email, "password": PASSWORD, "organization_name": "Shop"}
    change = {"current_password": PASSWORD, "email": email}
    invitation = {"email": email, "role": "viewer"}

    def codes(times: int, send: Callable[[], TestResponse]) -> list[int]:
        return [send().status_code for _ in range(times)]

    def forgotten(peer: str) -> TestResponse:
        return ask(ada, "auth/forgot-password", {"email": email}, peer)

    def register(peer: str) -> TestResponse:
        return ask(ada, "auth/register", registration, peer)

    assert codes(4, lambda: forgotten("198.51.100.1")) == [202] * 3 + [429]
    assert codes(4, lambda: register("198.51.100.1")) == [202] * 3 + [429]
    assert codes(1, lambda: register("203.0.113.1")) == [202]
    assert codes(4, lambda: eve.post("invitations", invitation)) == [201] * 3 + [429]
    assert codes(1, lambda: ada.post("invitations", invitation)) == [201]
    assert codes(4, lambda: eve.post("me/email", change)) == [202] * 3 + [429]
    assert codes(1, lambda: ada.post("me/email", change)) == [202]


@pytest.mark.abuse(83)
def test_a_mailbox_gets_few_invitations_whatever_addresses_and_organizations_it_has(
    make_app: Make,
) -> None:
    app = make_app()
    clients = [
        ApiClient(app).register(f"{name}@example.test") for name in ("ada", "bob", "cid", "eve")
    ]
    answers = [
        client.post("invitations", {"email": f"vic+{number}@gmail.com", "role": "viewer"})
        for number in range(4)
        for client in clients
    ]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 6
    dotted = {"email": "v.i.c@gmail.com", "role": "viewer"}
    assert clients[0].post("invitations", dotted).status_code == 429
    assert clients[0].post("invitations", {**dotted, "email": "vic@example.org"}).status_code == 201


@pytest.mark.abuse(83)
def test_to_send_an_invitation_again_is_to_send_a_mail(make_app: Make, session: Session) -> None:
    app = make_app()
    client = ApiClient(app).register("ada@example.test")
    made = [
        client.make("invitations", email=f"vic+{number}@example.test", role="viewer")
        for number in range(2)
    ]
    answers = []
    for each in made:
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(Invitation).values(updated_at=an_hour_ago))
        session.commit()
        answers.append(client.post(f"invitations/{each['id']}/send-again").status_code)
    assert answers == [200, 429]
    assert len(letters(app)) == 3


@pytest.mark.abuse(83)
@pytest.mark.parametrize("path", ["auth/register", "me/email"])
def test_so_do_registrations_and_changes_of_address(make_app: Make, path: str) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    more = {
        "auth/register": {"password": PASSWORD, "organization_name": "Shop"},
        "me/email": {"current_password": PASSWORD},
    }
    answers = [
        client.post(path, {"email": f"vic+{number}@example.test", **more[path]}).status_code
        for number in range(4)
    ]
    assert answers == [202] * 3 + [429]


@pytest.mark.abuse(82)
def test_nobody_uses_up_the_links_of_an_account_by_other_addresses_of_its_mailbox(
    make_app: Make,
) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    for number in range(4):
        body = {"email": f"ada+{number}@example.test"}
        assert client.post("auth/forgot-password", body).status_code == 202
    assert client.post("auth/forgot-password", {"email": "ada@example.test"}).status_code == 202
