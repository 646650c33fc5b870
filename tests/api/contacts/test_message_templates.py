"""Templates of messages over the API: written, tried, refused by field and line, previewed."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from models.session import database_now
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make

PATH = "message-templates"
PREVIEW = f"{PATH}/preview"


def refused(client: ApiClient, **values: object) -> dict[str, list[str]]:
    response = client.post(PATH, {"event": "down", **values})
    assert response.status_code == 422, response.text
    assert response.content_type == "application/problem+json"
    errors: dict[str, list[str]] = body_of(response)["errors"]
    return errors


def test_a_template_is_created_read_changed_listed_and_deleted(client: ApiClient) -> None:
    made = client.make(PATH, event="down", kind="email", subject="{{ monitor.name }}", html="<p>x")
    path = f"{PATH}/{made['id']}"
    assert client.read(path) == made
    assert {name: made[name] for name in ("event", "kind", "subject", "text", "html", "body")} == {
        "event": "down",
        "kind": "email",
        "subject": "{{ monitor.name }}",
        "text": None,
        "html": "<p>x",
        "body": None,
    }
    changed = body_of(client.patch(path, {"html": None, "text": "{{ cause }}"}))
    assert (changed["subject"], changed["text"], changed["html"]) == (
        made["subject"],
        "{{ cause }}",
        None,
    )
    assert client.read(PATH)["items"] == [changed]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.read(PATH)["items"] == []


def test_a_template_may_become_one_for_all_kinds(client: ApiClient) -> None:
    made = client.make(PATH, event="down", kind="sms", text="x")
    changed = client.patch(f"{PATH}/{made['id']}", {"kind": None, "event": "up"})
    assert (body_of(changed)["kind"], body_of(changed)["event"]) == (None, "up")


def test_pages_show_each_once_by_event_and_kind(client: ApiClient) -> None:
    for event, kind in (("up", None), ("down", "sms"), ("down", None), ("down", "email")):
        client.make(PATH, event=event, kind=kind, text="x")
    first = client.read(PATH, limit=2)
    second = client.read(PATH, limit=2, cursor=first["next_cursor"])
    shown = [(each["event"], each["kind"]) for each in first["items"] + second["items"]]
    assert shown == [("down", None), ("down", "email"), ("down", "sms"), ("up", None)]
    assert second["next_cursor"] is None
    assert [each["event"] for each in client.read(PATH, event="up")["items"]] == ["up"]
    assert client.get(PATH, cursor="x").status_code == 422


@pytest.mark.parametrize("kind", [None, "sms"])
def test_there_is_one_template_for_an_event_and_a_kind(client: ApiClient, kind: str | None) -> None:
    client.make(PATH, event="down", kind=kind, text="x")
    response = client.post(PATH, {"event": "down", "kind": kind, "text": "y"})
    assert response.status_code == 409
    assert list(body_of(response)["errors"]) == ["event"]
    other = client.make(PATH, event="up", kind=kind, text="x")
    assert client.patch(f"{PATH}/{other['id']}", {"event": "down"}).status_code == 409


def test_two_organizations_may_say_the_same_differently(
    client: ApiClient, stranger: ApiClient
) -> None:
    client.make(PATH, event="down", text="x")
    stranger.make(PATH, event="down", text="y")
    assert [each["text"] for each in client.read(PATH)["items"]] == ["x"]


@pytest.mark.parametrize("field", ["subject", "text", "html", "body"])
def test_a_mistake_is_refused_by_its_field_and_line(client: ApiClient, field: str) -> None:
    assert refused(client, **{field: "ok\n{% if cause %}"}) == {
        field: [
            (
                "Line 2: Unexpected end of template. Jinja was looking for the following tags: 'elif'"
                " or 'else' or 'endif'. The innermost block that needs to be closed is 'if'."
            )
        ]
    }
    assert refused(client, **{field: "{{ ''.__class__ }}"}) == {
        field: ["Line 1: Only a variable has fields."]
    }
    assert refused(client, **{field: "{{ monitor.title }}"}) == {
        field: ["Line 1: There is no field title of monitor."]
    }


def test_all_fields_that_cannot_be_taken_are_named_at_once(client: ApiClient) -> None:
    assert sorted(refused(client, subject="{{ x }}", text="{{ y }}", html="fine")) == [
        "subject",
        "text",
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x" * 16_385}, "text"),
        ({"text": "ж" * 16_000}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"html": r"{{ '\ud800' }}"}, "html"),
        ({"body": r'"{{ "\ud800" }}"'}, "body"),
        ({"html": "<p><b>" * 501}, "html"),
        ({"body": "{{ monitor.name }}"}, "body"),
        ({"kind": "sms", "html": "x"}, "html"),
        ({"kind": "voice", "subject": "x"}, "subject"),
        ({"kind": "slack", "body": "{}"}, "body"),
        ({"kind": "pigeon", "text": "x"}, "kind"),
        ({"event": "lunch", "text": "x"}, "event"),
        ({"event": "confirm", "text": "x"}, "event"),
        ({"event": "quota", "text": "x"}, "event"),
        ({"event": "channel_disabled", "text": "x"}, "event"),
        ({"text": "x", "footer": "y"}, "footer"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_field(
    client: ApiClient, values: dict[str, object], field: str
) -> None:
    assert list(refused(client, **values)) == [field]
    assert client.read(PATH)["items"] == []


def test_a_change_is_refused_if_what_comes_of_it_could_not_be_written(client: ApiClient) -> None:
    made = client.make(PATH, event="up", text="{% if duration_seconds > 5 %}long{% endif %}")
    path = f"{PATH}/{made['id']}"
    for changes, field in (
        ({"event": "down"}, "text"),
        ({"text": None}, "text"),
        ({"kind": "sms", "subject": "x"}, "subject"),
    ):
        response = client.patch(path, changes)
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == [field]
    assert client.read(path) == made


def previews(client: ApiClient, **values: object) -> dict[str, dict[str, object]]:
    response = client.post(PREVIEW, {"event": "down", **values})
    assert response.status_code == 200, response.text
    return {each["kind"]: each for each in body_of(response)["previews"]}


def test_a_preview_shows_each_kind_with_what_it_has(client: ApiClient) -> None:
    shown = previews(
        client,
        subject="{{ monitor.name }}!",
        text="{{ monitor.name }} ж",
        html="<b>{{ organization }}</b><script>x</script>",
        body='{"name": "{{ monitor.name }}"}',
    )
    assert len(shown) == 10
    assert shown["email"]["subject"] == "Front page!"
    assert "<div><b>Shop</b></div>" in str(shown["email"]["html"])
    assert str(shown["email"]["text"]).startswith("Front page ж\n")
    assert (shown["sms"]["segments"], shown["sms"]["subject"]) == (1, None)
    assert str(shown["sms"]["text"]).startswith("Front page ж")
    assert shown["webhook"]["body"] == '{"name": "Front page"}'
    assert str(shown["slack"]["text"]).startswith("Front page ж")
    assert shown["voice"]["text"] == "Front page ж"


def test_a_preview_of_one_kind_without_a_template_is_in_the_usual_words(client: ApiClient) -> None:
    shown = previews(client, kind="sms")
    assert list(shown) == ["sms"]
    assert str(shown["sms"]["text"]).startswith("DOWN: Front page since 31 Jan 09:12 CET.")


def test_a_preview_stores_and_sends_nothing(client: ApiClient) -> None:
    previews(client, text="x")
    assert client.read(PATH)["items"] == client.read("deliveries")["items"] == []


def test_a_preview_refuses_what_could_not_be_written(client: ApiClient) -> None:
    response = client.post(PREVIEW, {"event": "down", "text": "{{ x }}"})
    assert response.status_code == 422
    assert body_of(response)["errors"] == {"text": ["Line 1: There is no variable x."]}


@pytest.fixture
def incident(client: ApiClient, session: Session) -> Incident:
    client.make_monitor(name='Ada\'s "Shop"')
    row = session.scalars(select(Monitor)).one()
    incident = make.incident(session, row, started_at=database_now(session))
    session.commit()
    return incident


def test_a_preview_may_speak_of_an_incident(client: ApiClient, incident: Incident) -> None:
    body = '{"name": "{{ monitor.name }}", "cause": "{{ cause }}", "end": {{ ended_at }}}'
    shown = previews(client, kind="webhook", body=body, incident_id=str(incident.public_id))
    assert shown["webhook"]["body"] == (
        f'{{"name": "Ada\'s \\"Shop\\"", "cause": "{incident.detail}", "end": null}}'
    )
    over = previews(
        client, event="up", kind="sms", text="{{ ended_at }}", incident_id=str(incident.public_id)
    )
    assert over["sms"]["text"]
    flapping = previews(client, event="flapping", incident_id=str(incident.public_id))
    assert "Ada's" in str(flapping["email"]["subject"])


def test_invariant_6_a_preview_speaks_of_no_incident_of_others(
    stranger: ApiClient, incident: Incident
) -> None:
    for incident_id in (str(incident.public_id), str(uuid4())):
        response = stranger.post(PREVIEW, {"event": "down", "incident_id": incident_id})
        assert response.status_code == 422
        assert body_of(response)["errors"] == {"incident_id": ["There is no such incident."]}


def test_an_event_that_there_is_not_is_refused_with_those_that_have_templates(
    client: ApiClient,
) -> None:
    response = client.post(PATH, {"event": "outage", "text": "x"})
    (sentence,) = body_of(response)["errors"]["event"]
    names = sentence.removeprefix("Must be one of: ").removesuffix(".").split(", ")
    for name in names:
        client.make(PATH, event=name, text="x")
    assert {"down", "up", "test"} < set(names)


def test_templates_and_previews_ask_for_a_login(anybody: ApiClient) -> None:
    assert anybody.get(PATH).status_code == 401
    assert anybody.post(PREVIEW, {"event": "down"}).status_code == 401
