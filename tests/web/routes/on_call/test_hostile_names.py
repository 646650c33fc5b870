"""Names that are markup are only text, on each page that shows them."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Channel
from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy, schedule

NAMES = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'><svg/onload=alert(1)>",
    "</title></textarea></option></select><b>{{ 7 * 7 }}{% raw %}%(name)s %s %%",
    "javascript:alert(1)",
)
"""Several in one: the first that is not escaped where it stands is seen."""


def _harmful(html: BeautifulSoup) -> list[str]:
    elements = html.select("main script, main img, main b > i, main svg:not(.i)")
    handlers = [name for each in html.select("*") for name in each.attrs if name.startswith("on")]
    addresses = html.select("a[href^='javascript:']")
    return [str(each) for each in (*elements, *handlers, *addresses)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_text(ada: Reader, session: Session, name: str) -> None:
    ann = contact(ada, name)
    group = ada.api.make("contact-groups", name=name, contact_ids=[ann])["id"]
    made = schedule(ada, ann, name=name, local_start="2026-01-01T00:00:00")
    steps = policy(ada, ("contact", ann), ("on_call_schedule", made), name=name)
    monitor = ada.api.make_monitor(name=name, escalation_policy_id=steps)["id"]
    session.execute(update(Channel).values(disabled_at=Channel.created_at, disabled_reason=name))
    for path in (
        "/contacts",
        f"/contacts/{ann}",
        f"/contacts/{ann}/delete",
        f"/groups/{group}",
        "/groups",
        f"/groups/{group}/edit",
        "/on-call",
        f"/on-call/schedules/{made}",
        f"/on-call/schedules/{made}/edit",
        "/on-call/policies",
        f"/on-call/policies/{steps}",
        f"/on-call/policies/{steps}/edit",
        f"/on-call/forecast?monitor={monitor}",
        "/on-call/forecast?q=" + "a",
    ):
        seen = ada.get(path)
        assert seen.status == 200, path
        assert _harmful(seen.html) == [], path
        assert name in seen.text or name in str(seen.html), path
