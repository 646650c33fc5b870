"""Every component is complete, light, and made for every reader."""

import gzip
import re
from datetime import date

import pytest

from domain.analytics.uptime import Uptime
from services.analytics.bars import DayBar
from tests.web.look.gallery import days, page
from tests.web.look.rendered import WEB, environment
from tests.web.look.screen import Screen
from tests.web.look.site import Site
from web.monitors.lists import drawing

STATIC = WEB / "static"
STYLE = (STATIC / "app.css").read_text()
MODULES = sorted(
    file for file in STATIC.rglob("*.js") if "vendor" not in file.relative_to(STATIC).parts
)
MOST_LINES = 150
MOST_STYLE_BYTES = 12_000
MOST_SCRIPT_BYTES = 15_000
MOST_CHART_BYTES = 40_000
_OF_SOME_PAGES = {"latency-chart.js", "passkey-button.js", "test-run.js"}
_UNWATCHED = (date(2026, 11, 30), Uptime(up=0, down=0, unknown=0))


def _rendered(source: str, **values: object) -> str:
    return environment().from_string(source).render(**values)


def test_no_page_holds_a_style_or_a_script_that_the_policy_refuses() -> None:
    text = page()
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text) == []


def test_an_icon_that_the_style_names_can_be_found_by_it() -> None:
    named = set(re.findall(r"\.i-([a-z-]+)", STYLE))
    source = '{% from "components/icon.html" import icon %}{{ icon(name) }}'
    assert [
        each for each in named if f'class="i i-{each}"' not in _rendered(source, name=each)
    ] == []
    assert 'class="i"' in _rendered(source, name="circle-check")


def test_text_of_people_stays_text() -> None:
    shown = _rendered(
        '{% from "components/show/badge.html" import tag %}{{ tag(text) }}',
        text="<img src=x onerror=alert(1)>",
    )
    assert "<img" not in shown


def test_styles_are_light_and_know_no_left_and_right() -> None:
    assert len(gzip.compress(STYLE.encode())) <= MOST_STYLE_BYTES
    sided = r"(?:margin|padding|border|inset)-(?:left|right)|[\s;{](?:left|right):|text-align: (?:left|right)"
    assert re.findall(sided, STYLE) == []


def test_scripts_are_light_short_and_make_no_html_of_text() -> None:
    always = [file for file in MODULES if file.name not in _OF_SOME_PAGES]
    always.append(STATIC / "vendor/idiomorph/idiomorph.min.js")
    assert sum(len(gzip.compress(file.read_bytes())) for file in always) <= MOST_SCRIPT_BYTES
    for file in MODULES:
        text = file.read_text()
        assert text.count("\n") <= MOST_LINES, file
        assert not re.search(
            r"innerHTML|outerHTML =|insertAdjacentHTML|document\.write|eval\(", text
        )


def test_a_page_with_a_chart_is_light() -> None:
    scripts = [file for file in MODULES if file.name not in {"passkey-button.js", "test-run.js"}]
    scripts += [
        STATIC / f"vendor/{each}.js" for each in ("idiomorph/idiomorph.min", "uplot/uPlot.iife.min")
    ]
    styles = [STATIC / "app.css", STATIC / "vendor/uplot/uPlot.min.css"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in scripts) <= MOST_CHART_BYTES
    assert sum(len(gzip.compress(file.read_bytes())) for file in styles) <= MOST_STYLE_BYTES


def test_a_list_of_fifty_monitors_is_light() -> None:
    source = '{% from "components/list/monitors.html" import monitors %}{{ monitors(items, "x") }}'
    item = {
        "href": "/monitors/1",
        "name": "Checkout API",
        "state": "up",
        "until": "12 min",
        "under": "https://shop.example/",
        "tags": ["eu", "web"],
        "uptime": 0.9991,
        "points": list(range(24)),
        "latency": "340 ms",
    }
    items = [{**item, "id": str(n), "days": days(n, bad=0.01)} for n in range(50)]
    text = _rendered(source, items=items)
    assert len(text) <= 36_000
    assert len(gzip.compress(text.encode())) <= 10_000
    assert text.count("<") - text.count("</") <= 1_100


def _day(*, up: int = 0, degraded: int = 0, **lost: int) -> DayBar:
    uptime = Uptime(**{"down": 0, "unknown": 0, **lost}, up=up + degraded)
    return DayBar(date(2026, 11, 30), uptime, degraded, is_calm=not degraded and not lost)


def _bars(**day: int) -> str:
    source = '{% from "components/show/bars.html" import bars %}{{ bars(days, {}) }}'
    return _rendered(source, days=[_day(**day) if day else DayBar(*_UNWATCHED)])


def test_a_day_with_an_outage_has_a_mark_under_its_bar() -> None:
    # Its dashes are the mark, a gap and the bar.
    assert '<path d="M0 30v-9"/>' in _bars(up=80_000, down=6_400)
    assert "stroke-dasharray: 2 2 99;" in STYLE
    assert "30v" not in _bars(up=80_000, degraded=6_400)


def test_a_short_outage_is_seen_and_a_long_one_fills_the_day() -> None:
    assert "M0 30v-9" in _bars(up=86_340, down=60)
    assert "M0 30v-30" in _bars(down=86_400)


def test_only_what_days_lost_is_drawn_before_their_background() -> None:
    days = [_day(up=1), _day(up=1), _day(up=1, down=1), _day(up=1), _day(up=99, down=1)]
    drawn = drawing.bars(days)
    assert dict(drawn.paths) == {"down": "M2 30v-17m2 17v-9"}
    assert (drawn.days, drawn.down, drawn.degraded, drawn.unknown) == (5, 2, 0, 0)


def test_losses_of_a_day_stand_on_each_other_and_fill_it_if_it_was_never_up() -> None:
    paths = dict(drawing.bars([_day(down=1, unknown=1)]).paths)
    assert paths == {"down": "M0 30v-17", "unknown": "M0 10v-10h.6v10z"}


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    assert drawing.line([10, 20, None, 20, 10]) == "M0 16l4-15M12 1l4 15"
    assert drawing.line([None, 5, None]) == "M4 1"
    assert drawing.line([None, None]) == ""


def test_a_day_that_nobody_saw_is_not_drawn_as_up() -> None:
    unknown, unwatched = _bars(unknown=86_400), _bars()
    assert "b-unknown" in unknown
    assert "b-none" in unwatched
    assert "b-up" not in unknown + unwatched


def test_bars_say_in_words_what_they_show() -> None:
    assert "1 days: down on 1" in _bars(up=80_000, down=6_400)
    assert "no outage" in _bars(up=86_400)


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (768, "light"), (1440, "dark")])
def test_axe_finds_nothing(reader: Screen, width: int, theme: str) -> None:
    reader.open(f"/?theme={theme}", width=width)
    assert reader.violations() == []


def test_no_page_scrolls_sideways(reader: Screen) -> None:
    wide = {}
    reader.open("/")
    for width in (320, 360, 640, 768, 1024, 1440):
        reader.resize(width)
        wide[width] = reader.js("return document.documentElement.scrollWidth")
    assert [width for width, scrolled in wide.items() if scrolled > width] == []


def test_what_a_finger_touches_on_a_phone_is_large_enough(reader: Screen) -> None:
    reader.open("/?part=list", width=360)
    small = reader.js(
        "return [...document.querySelectorAll('.bar a, .bar button, .head .btn, .chip, .top a,"
        " main select, main input[type=search]')].filter(each => each.getClientRects().length"
        " && each.getBoundingClientRect().height < 40).map(each => each.outerHTML)"
    )
    assert small == []


def test_a_reader_from_right_to_left_finds_the_rail_on_the_right(reader: Screen) -> None:
    reader.open("/?direction=rtl")
    assert reader.find(".rail").rect["x"] > reader.find("main").rect["x"]


def test_the_title_and_the_icon_tell_that_something_is_down(site: Site) -> None:
    text = site.render({})
    assert "<title>(3) Gallery" in text
    assert "favicon-down.svg" in text
