"""A form whose subject was changed meanwhile is refused once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from services.errors import Conflict
from web.forms import EMPTY, Form
from web.typed import versions

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def test_the_version_that_was_seen_goes_through_an_edit(app: Flask) -> None:
    with app.test_request_context("/"):
        seen = versions.shown(EMPTY, NOW)
    later = NOW + timedelta(seconds=1)
    with app.test_request_context("/", method="POST", data={"seen": seen}):
        assert versions.shown(EMPTY, later) == seen
        versions.refuse_stale(NOW)
        with pytest.raises(Conflict) as refused:
            versions.refuse_stale(later)
        again = Form.refused(MultiDict(), refused.value)
        assert versions.shown(again, later) == later.isoformat()


def test_a_form_without_a_version_is_not_refused(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        versions.refuse_stale(NOW)
        assert versions.shown(EMPTY, None) == ""
