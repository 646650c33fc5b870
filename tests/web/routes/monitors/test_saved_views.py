"""Views of the list that a member keeps."""

from tests.web.reader import Reader
from tests.web.routes.monitors.conftest import Watched


def save(reader: Reader, name: str = "Paused ones", query: str = "state=paused&odd=1") -> None:
    assert reader.post("/monitors/views", name=name, query=query).status == 200


def test_a_view_is_kept_without_what_makes_no_sense_and_leads_to_its_list(
    ada: Reader, watched: Watched
) -> None:
    watched()
    seen = ada.post("/monitors/views", name="Paused ones", query="state=paused&odd=1&cursor=x")
    assert seen.path == "/monitors?notice=view-saved&state=paused"
    assert "The view was saved." in seen.text
    assert ada.get("/monitors").link("Paused ones") == "/monitors?state=paused"


def test_a_refused_view_keeps_what_was_typed(ada: Reader, watched: Watched) -> None:
    watched()
    save(ada)
    again = ada.post("/monitors/views", name="Paused ones", query="")
    assert again.status == 409
    assert again.errors == ["Name: There is already a view with this name."]


def test_a_view_is_deleted(ada: Reader) -> None:
    save(ada)
    seen = ada.get("/monitors/views")
    deleted = ada.post(str(seen.one("form[action$='/delete']")["action"]))
    assert "The view was deleted." in deleted.text
    assert "No view is saved" in deleted.text


def test_a_view_is_of_one_member_and_needs_no_right_to_change_monitors(
    ada: Reader, vic: Reader, watched: Watched
) -> None:
    watched()
    save(vic, "Mine")
    assert "Mine" in vic.get("/monitors").text
    assert "Mine" not in ada.get("/monitors").text


def test_the_name_of_a_view_is_inert(ada: Reader, watched: Watched) -> None:
    watched()
    save(ada, "<script>alert(1)</script>")
    for path in ("/monitors", "/monitors/views"):
        assert not ada.get(path).select("main script")


def test_a_view_is_among_what_is_stored_about_its_member(ada: Reader, vic: Reader) -> None:
    save(ada, "Mine")
    save(vic, "Of Vic")
    shown = ada.api.read("me/data")["saved_views"]
    assert [(each["name"], each["query"]) for each in shown] == [("Mine", "state=paused")]
    assert "Mine" in ada.get("/settings/account/data").one("#views").get_text()
