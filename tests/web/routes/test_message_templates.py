"""The editor of message templates, with its preview, without scripts."""

from typing import Any

from tests.web.reader import Reader

NEW = "/settings/templates/new"


def template(reader: Reader, **values: object) -> str:
    given = {"event": "down", "kind": None, "text": "{{ monitor.name }} is gone", **values}
    return f"/settings/templates/{reader.api.make('message-templates', **given)['id']}"


def test_each_event_that_can_be_worded_is_listed(ada: Reader) -> None:
    path = template(ada, kind="sms")
    seen = ada.get("/settings/templates")
    assert len(seen.select("tbody tr")) == 13
    assert seen.link("Text message") == path


def test_the_default_wording_is_shown_before_anything_is_typed(ada: Reader) -> None:
    seen = ada.get(NEW, event="up", kind="sms")
    assert len(seen.select(".preview")) == 1
    assert "Front page" in seen.one(".preview pre").text
    assert seen.select("#f-subject, #f-html, #f-body") == []


def test_a_preview_stores_nothing_and_keeps_what_was_typed(ada: Reader) -> None:
    page = ada.get(NEW, event="down")
    seen = ada.fill(page, NEW, text="Alas, {{ monitor.name }}!\r\nBye", preview="1")
    assert seen.status == 200
    assert "Alas, Front page!\nBye" in seen.select(".preview pre")[0].get_text()
    assert seen.one("#f-text").get_text().strip() == "Alas, {{ monitor.name }}!\nBye"
    assert ada.api.read("message-templates")["items"] == []


def test_an_error_is_told_at_its_field_with_its_line(ada: Reader) -> None:
    page = ada.get(NEW, event="down")
    for act in ({"preview": "1"}, {}):
        typed: dict[str, Any] = {"text": "Hello\n{{ monitor.title }}", **act}
        seen = ada.fill(page, NEW, **typed)
        assert seen.status == 422
        assert seen.one("#e-text").text == "Line 2: There is no field title of monitor."
        assert "monitor.title" in seen.one("#f-text").text
        assert seen.select(".preview") == []


def test_a_template_is_made_changed_and_given_up(ada: Reader) -> None:
    page = ada.get(NEW, event="down")
    ada.fill(page, NEW, kind="email", subject="{{ monitor.name }}!")
    (made,) = ada.api.read("message-templates")["items"]
    assert (made["kind"], made["subject"], made["text"]) == ("email", "{{ monitor.name }}!", None)
    path = f"/settings/templates/{made['id']}"
    ada.fill(ada.get(path), path, subject=" ", text="Gone")
    (made,) = ada.api.read("message-templates")["items"]
    assert (made["subject"], made["text"]) == (None, "Gone")
    assert "The default text is used again." in ada.post(f"{path}/delete").text
    assert ada.api.read("message-templates")["items"] == []


def test_a_second_template_of_an_event_and_kind_is_refused(ada: Reader) -> None:
    template(ada)
    seen = ada.fill(ada.get(NEW, event="down"), NEW, text="x")
    assert (seen.status, seen.one("#f-text").text.strip()) == (409, "x")


def test_markup_in_templates_is_only_text(ada: Reader) -> None:
    html = "<p onclick=alert(1)>x</p><script>alert(2)</script></textarea><img src=x onerror=x>"
    path = template(ada, kind="email", html=html, text="<script>alert(3)</script>")
    seen = ada.get(path)
    assert seen.select("main script, main img, main [onclick], main [onerror]") == []
    assert html in seen.one("#f-html").get_text()


def test_forged_values_are_refused_with_words(ada: Reader) -> None:
    for forged in (
        {"event": "confirm", "text": "x"},
        {"event": "x", "text": "x"},
        {"event": "down", "kind": "x", "text": "x"},
        {"event": "down", "text": "a\0b"},
        {"event": "down", "text": "x", "incident_id": "x", "preview": "1"},
    ):
        typed: dict[str, Any] = forged
        assert ada.post(NEW, **typed).status in {200, 422}
    assert ada.api.read("message-templates")["items"] == []


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader) -> None:
    path = template(ada)
    assert {eve.get(path).status, eve.get(f"{path}/delete").status} == {404}
    typed: dict[str, Any] = {"event": "down", "text": "mine"}
    assert {eve.post(path, **typed).status, eve.post(f"{path}/delete").status} == {404}
