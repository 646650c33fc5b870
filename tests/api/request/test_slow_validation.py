"""What takes seconds to find out is found out between two transactions, never within one."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import ClassVar, Self

import pytest
from flask import Flask

from config.settings import Settings
from notifiers.kind import ChannelSettings
from security.egress.addresses import EgressPolicy
from server.request import slow_validation
from server.request.slow_validation import MOST_AT_ONCE, ValidationSlots
from server.resources import Transactions, contact_limits
from services.errors import TooMany
from services.slow_validation import problem
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of

NTFY = {"kind": "apprise", "settings": {"url": "ntfys://ntfy.example.com/topic"}}
GOTIFY = {"kind": "apprise", "settings": {"url": "gotifys://push.example.com/AbCdEfGhIjKlMnO"}}
NOBODYS = {"kind": "apprise", "settings": {"url": "nosuch://very-secret"}}
NO_MAIL = {"kind": "email", "address": "nobody"}

Ends = list[str]


@pytest.fixture
def app(applications: Applications, settings: Settings, noted: Transactions) -> Iterator[Flask]:
    with applications.serving(settings, noted) as app:
        yield app


@pytest.fixture
def contact(client: ApiClient, ends: Ends) -> str:
    made = client.make("contacts", name="Ada", channels=[])
    ends.clear()
    return f"contacts/{made['id']}"


def test_no_transaction_is_open_while_something_is_examined(app: Flask) -> None:
    is_open: list[bool] = [False]
    seen: list[bool] = []

    class Slow(ChannelSettings):
        IS_EXAMINED: ClassVar[bool] = True
        name: str

        @classmethod
        def examine(cls, several: Sequence[Self], policy: EgressPolicy) -> Sequence[str | None]:
            del policy
            seen.append(is_open[-1])
            return [None if each.name == "good" else "Not this one." for each in several]

    def serve() -> list[str | None]:
        is_open.append(True)
        try:
            known = contact_limits().examined
            return [problem(Slow(name=name), known) for name in ("good", "bad")]
        finally:
            is_open.append(False)

    with app.test_request_context():
        assert slow_validation.served(serve) == [None, "Not this one."]
    assert seen == [False, False]
    assert is_open.count(True) == 3


class Suppressed(ChannelSettings):
    """Is examined until somebody lets go of it."""

    IS_EXAMINED: ClassVar[bool] = True
    name: str

    @classmethod
    def examine(cls, several: Sequence[Self], policy: EgressPolicy) -> Sequence[str | None]:
        del policy
        BEGUN.release()
        assert LET_GO.wait(30)
        return [None for _ in several]


BEGUN, LET_GO = Semaphore(0), Event()


def examined_for(app: Flask, organization_id: int) -> str:
    """Serve something that has to be examined; return how that ended."""
    with app.test_request_context():
        slow_validation.serve_for(organization_id)
        try:
            slow_validation.served(lambda: problem(Suppressed(name="a"), contact_limits().examined))
        except TooMany as refused:
            return str(refused)
        return "examined"


@pytest.mark.abuse(103)
def test_few_are_examined_at_once_and_one_for_each_organization(app: Flask) -> None:
    LET_GO.clear()
    busy = "Another request is being validated. Try again in a moment."
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        first = pool.submit(examined_for, app, 1)
        assert BEGUN.acquire(timeout=30)
        assert examined_for(app, 1) == busy
        others = [pool.submit(examined_for, app, 2 + each) for each in range(MOST_AT_ONCE - 1)]
        assert all(BEGUN.acquire(timeout=30) for _ in others)
        assert examined_for(app, 99) == busy
        LET_GO.set()
        assert [each.result(30) for each in (first, *others)] == ["examined"] * MOST_AT_ONCE
    assert examined_for(app, 1) == "examined"


@pytest.mark.abuse(103)
def test_a_place_is_free_again_whatever_happens() -> None:
    places = ValidationSlots(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.taken("a"):
            raise ZeroDivisionError
    with places.taken("a"), pytest.raises(TooMany), places.taken("b"):
        pytest.fail("There is no place.")


def test_all_channels_of_a_contact_are_examined_at_once_and_the_request_begins_anew(
    client: ApiClient, contact: str, ends: Ends
) -> None:
    changed = client.patch(contact, {"channels": [NTFY, GOTIFY]})
    assert changed.status_code == 200, changed.text
    assert ends == ["NeedsValidation", ""]
    assert [each["kind"] for each in body_of(changed)["channels"]] == ["apprise", "apprise"]


def test_a_channel_that_is_not_understood_is_refused_by_field(
    client: ApiClient, contact: str, ends: Ends
) -> None:
    refused = client.post(f"{contact}/channels", NOBODYS)
    assert (refused.status_code, ends) == (422, ["NeedsValidation", "Invalid"])
    assert list(body_of(refused)["errors"]) == ["settings.url"]
    assert "very-secret" not in refused.text


def test_what_is_refused_anyway_is_not_examined(
    client: ApiClient, contact: str, ends: Ends
) -> None:
    refused = client.patch(contact, {"channels": [NTFY, NO_MAIL]})
    assert (refused.status_code, ends) == (422, ["Invalid"])


def test_who_may_not_add_a_channel_has_nothing_examined(
    anybody: ApiClient, stranger: ApiClient, contact: str, ends: Ends
) -> None:
    ends.clear()
    assert anybody.post(f"{contact}/channels", NTFY).status_code == 401
    assert stranger.post(f"{contact}/channels", NTFY).status_code == 404
    assert ends == ["NotFound"]


def test_a_request_that_is_sent_again_has_nothing_examined(
    client: ApiClient, contact: str, ends: Ends
) -> None:
    headers = {"Idempotency-Key": "once"}
    made, again = (
        client.send("POST", f"{contact}/channels", json=NTFY, headers=headers) for _ in range(2)
    )
    assert (made.status_code, again.get_json()) == (201, made.get_json())
    assert ends == ["NeedsValidation", "", ""]


def test_a_channel_that_is_changed_is_examined_too(
    client: ApiClient, contact: str, ends: Ends
) -> None:
    made = client.make(f"{contact}/channels", **NTFY)
    ends.clear()
    changed = client.patch(f"{contact}/channels/{made['id']}", {"settings": NTFY["settings"]})
    assert (changed.status_code, ends) == (200, ["NeedsValidation", ""])
