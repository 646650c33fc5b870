"""The list of monitors: what needs attention first, narrowed as the address says."""

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from tests.web import outages
from tests.web.reader import Reader, Seen
from tests.web.routes.monitors.conftest import Watched

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def statements(connection: Connection, reader: Reader, path: str) -> list[str]:
    """Return what a page reads from the database."""
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        reader.get(path)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return [each for each in asked if each.lstrip().startswith(("SELECT", "WITH", "("))]


def names(seen: Seen) -> list[str]:
    return [link.get_text() for link in seen.select("#monitors td:nth-last-child(6) a")]


def test_a_new_organization_is_told_what_a_monitor_is_and_what_to_do(ada: Reader) -> None:
    seen = ada.get("/monitors")
    assert "Nothing is watched yet" in seen.text
    assert seen.link("Add monitor") == "/monitors/new"
    assert seen.link("Import a list") == "/monitors/import"


def test_what_is_down_comes_first_with_its_cause(
    ada: Reader, session: Session, watched: Watched
) -> None:
    watched("Blog")
    outages.begin(session, ada, "Shop")
    session.commit()
    ada.api.make_monitor(name="New")
    seen = ada.get("/monitors")
    assert set(names(seen)) == {"Blog", "Shop", "New"}
    assert "Shop Answered 500." in seen.text


def test_a_row_shows_the_days_the_uptime_and_the_tags(ada: Reader, watched: Watched) -> None:
    watched("Blog", tags=["eu", "web"])
    seen = ada.get("/monitors")
    assert "100.00\N{NO-BREAK SPACE}%" in seen.one("td:nth-last-child(3)").get_text()
    assert seen.one("svg[role=img]")["aria-label"] == "90 days: no outage"
    assert "95 % of the latest checks" in seen.one("th.wide:nth-child(7)").get_text()
    tags = [(tag.get_text(), tag["href"]) for tag in seen.select("td:nth-last-child(5) a")]
    assert tags == [("eu", "?tag=eu"), ("web", "?tag=web")]


def test_chips_narrow_by_state_and_say_how_many_there_are(ada: Reader, watched: Watched) -> None:
    watched("Blog")
    ada.api.make_monitor(name="Asleep", paused=True)
    seen = ada.get("/monitors")
    assert seen.link("Paused") == "/monitors?state=paused"
    assert "All 2" in seen.text
    assert names(ada.get(seen.link("Paused"))) == ["Asleep"]


def test_search_kind_tag_and_group_narrow_together_and_can_be_taken_away(
    ada: Reader, watched: Watched
) -> None:
    group = ada.api.make("contact-groups", name="Ops", contact_ids=[])["id"]
    watched("Shop", tags=["eu"], contact_group_ids=[group])
    watched("Shop of the moon", tags=["moon"], contact_group_ids=[group])
    watched("Port", kind="tcp", url="tcp://db.test:5432")
    seen = ada.get("/monitors", q="shop", tag="eu", kind="http", group=group)
    assert names(seen) == ["Shop"]
    assert [chip.get_text() for chip in seen.select(".chosen a")] == [
        *("shop", "Website or API", "eu", "Ops", "Clear all")
    ]
    without_tag = seen.one(".chosen a[aria-label='Remove eu']")["href"]
    assert names(ada.get(str(without_tag))) == ["Shop", "Shop of the moon"]


def test_nothing_found_says_so_and_leads_back(ada: Reader, watched: Watched) -> None:
    watched()
    seen = ada.get("/monitors", q="nothing like this")
    assert "Nothing matches" in seen.text
    assert seen.link("Clear all") == "/monitors"


def test_what_makes_no_sense_in_an_address_is_left_out(ada: Reader, watched: Watched) -> None:
    watched()
    odd = {"state": "odd", "kind": "odd", "group": "odd", "order": "odd", "view": "odd"}
    assert names(ada.get("/monitors", **odd, cursor="odd", place="-3")) == ["Shop"]


def test_a_page_has_fifty_and_leads_to_the_next(ada: Reader) -> None:
    bulk = [{"name": f"M {number}", "url": "https://shop.test/"} for number in range(52)]
    ada.api.post("monitors/bulk", {"mode": "all", "monitors": bulk})
    seen = ada.get("/monitors", order="created_at")
    assert len(names(seen)) == 50
    assert "1\N{EN DASH}50 of 52" in seen.text
    following = ada.get(seen.link("Next page"))
    assert names(following) == ["M 50", "M 51"]
    assert "51\N{EN DASH}52 of 52" in following.text
    assert following.link("First page") == "/monitors?order=created_at"


def test_tiles_show_states_alone(ada: Reader, watched: Watched) -> None:
    watched()
    seen = ada.get("/monitors", view="tiles")
    assert "Up" in seen.one(".tiles li").get_text()
    assert not seen.select("svg[role=img]")


def test_a_page_takes_a_constant_number_of_statements(
    ada: Reader, watched: Watched, connection: Connection
) -> None:
    """The frame of the page has its own, which an empty page shows."""
    frame = statements(connection, ada, "/monitors/import")
    watched()
    one = statements(connection, ada, "/monitors")
    for number in range(9):
        watched(f"Shop {number}", tags=["eu"])
    assert len(statements(connection, ada, "/monitors")) == len(one)
    assert len(one) - len(frame) <= 12


def test_counts_are_made_anew_after_a_change_and_not_before(
    ada: Reader, watched: Watched, connection: Connection
) -> None:
    watched("Blog", tags=["eu"])
    ada.get("/monitors")
    assert not [each for each in statements(connection, ada, "/monitors") if "count(*)" in each]
    watched("Shop", tags=["moon"])
    seen = ada.get("/monitors")
    assert "All 2" in seen.text
    assert [each.get_text() for each in seen.select("select[name=tag] option")] == [
        "Any tag",
        "eu (1)",
        "moon (1)",
    ]


def test_names_causes_and_tags_are_inert(ada: Reader, session: Session, watched: Watched) -> None:
    watched(SCRIPT, tags=["<script>alert(2)</script>"])
    incident = outages.begin(session, ada, "Other")
    incident.detail = SCRIPT
    session.commit()
    for path in ("/monitors", "/monitors?view=tiles", "/monitors?q=%22%3E%3Cscript%3E"):
        seen = ada.get(path)
        assert not seen.select("main script, main img")
    assert SCRIPT in ada.get("/monitors").text


def test_a_member_who_may_only_look_gets_no_buttons(vic: Reader, watched: Watched) -> None:
    watched()
    seen = vic.get("/monitors")
    assert names(seen) == ["Shop"]
    assert not seen.select(".bulk-bar, input[name=id], a[href='/monitors/new']")


def test_a_stranger_sees_nothing_of_it(eve: Reader, watched: Watched) -> None:
    watched()
    assert "Nothing is watched yet" in eve.get("/monitors").text
