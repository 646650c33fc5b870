"""What a viewer sees of contacts, schedules, policies and templates, and what is refused."""

from flask import Flask

from tests.api.machines.callers import join
from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy, schedule


def viewer(ada: Reader, app: Flask) -> Reader:
    join(ada.api, app, "vic", "viewer")
    return Reader(app).log_in("vic@example.test")


def test_a_viewer_reads_everything_and_is_offered_nothing(ada: Reader, app: Flask) -> None:
    ann = contact(ada)
    group = ada.api.make("contact-groups", name="Team", contact_ids=[ann])
    vic = viewer(ada, app)
    made, named = schedule(ada, ann), policy(ada, ("contact", ann))
    for path in (
        "/contacts",
        f"/contacts/{ann}",
        "/groups",
        f"/groups/{group['id']}",
        "/on-call",
        f"/on-call/schedules/{made}",
        "/on-call/policies",
        f"/on-call/policies/{named}",
        "/on-call/me",
        "/on-call/forecast",
    ):
        seen = vic.get(path)
        assert seen.status == 200, path
        acts = seen.select("main form[method=post], main a.danger, main .head a.primary")
        assert acts == [], path
    for path in (f"/contacts/{ann}", f"/groups/{group['id']}", f"/on-call/policies/{named}"):
        assert vic.get(f"{path}/edit").status == 403
        assert vic.post(f"{path}/delete").status == 403
    assert vic.post(f"/on-call/schedules/{made}/overrides").status == 403
