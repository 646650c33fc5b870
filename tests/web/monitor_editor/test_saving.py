"""Monitors are created and changed from a page with the limits of the API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from domain.permissions import Permission
from models import Monitor
from server.identity.principal import Call, SessionCookie
from server.request import calls
from services.errors import Invalid
from tests.api.client import body_of
from tests.web.reader import Reader
from web.monitor_editor import saving

Act = Callable[[Callable[[Call], Any]], Any]


@pytest.fixture
def act(app: Flask, ada: Reader) -> Act:
    """Run a function as Ada, within a request and its transaction."""

    def run(function: Callable[[Call], Any]) -> Any:  # noqa: ANN401 - whatever it returns
        shown = SessionCookie(ada.cookie("session") or "")
        with app.test_request_context("/"), calls.admitted(shown, Permission.MONITOR_WRITE) as call:
            return function(call)

    return run


def test_one_address_is_enough_for_a_monitor(act: Act, ada: Reader, session: Session) -> None:
    act(lambda call: saving.quick(call, "example.com"))
    (found,) = body_of(ada.api.get("monitors"))["items"]
    assert (found["name"], found["kind"], found["url"]) == (
        "example.com",
        "http",
        "https://example.com/",
    )
    assert (found["interval_seconds"], found["state"]["state"]) == (60, "pending")
    assert session.query(Monitor).count() == 1


@pytest.mark.parametrize("address", ["", "a b", "gopher://example.com", "https://"])
def test_an_address_that_cannot_be_watched_is_refused_with_words(act: Act, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        act(lambda call: saving.quick(call, address))
    assert list(refused.value.problems) == ["address"]
