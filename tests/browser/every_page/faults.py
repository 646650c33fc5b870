"""What is wrong with a page for some of its readers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from selenium.webdriver import Chrome

from tests.browser.console import complaints, unexpected
from tests.browser.every_page.visits import Reader, Visit
from tests.web.look.screen import AXE, Screen


class Look(NamedTuple):
    width: int
    scheme: str


LOOKS = tuple(Look(width, scheme) for scheme in ("light", "dark") for width in (360, 1440, 768))
LOCALES = ("de", "qps", "ar-XB")
"""German; longer words than any language has; words from right to left."""
NARROW = (640, 320)
"""Half of a usual window, which is left of it at a zoom of 200 %, and the smallest phone."""
_OF_NOBODY = ("html-lang-valid:", f"{NARROW[0]}: scrolls sideways")
"""What may be said of the last two languages, which nobody speaks: on phones alone all must fit."""

_SEND = """
    const form = document.querySelector("main form[method=post]:has(.form-acts, .primary)");
    for (const field of form?.querySelectorAll("input:not([type=hidden]), textarea") ?? []) field.value = "";
    form?.submit();
    return Boolean(form);
"""
_STATUS = "return performance.getEntriesByType('navigation')[0].responseStatus"
_FAULTS = """
    const width = arguments[0];
    const faults = [];
    const named = (each) => `${each.localName}.${each.className}: ${(each.ariaLabel ?? each.textContent).trim().slice(0, 40)}`;
    const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0;
    const touched = "button, .btn, summary, select, input, textarea, .bar a, .tabs a, .chip, .seg a, .list > a, .choose a, .entries a";
    const outlined = ({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    if (document.documentElement.scrollWidth > width) faults.push("scrolls sideways");
    for (const each of document.querySelectorAll("[aria-current], [aria-pressed='true'], [aria-selected='true']")) {
      const style = getComputedStyle(each);
      const marked = outlined(style) || style.fontWeight >= 600 || style.forcedColorAdjust === "none";
      if (seen(each) && each.matches("a, button, th, option") && !marked) faults.push(`only colour marks ${named(each)}`);
    }
    for (const each of width < 640 ? document.querySelectorAll(touched) : []) {
      const { height } = (each.closest("label") ?? each).getBoundingClientRect();
      if (seen(each) && Math.round(height) < 44 && !each.closest(".vh")) faults.push(`is ${height} px high ${named(each)}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of ids.filter((each, n) => ids.indexOf(each) !== n)) faults.push(`has the id ${id} twice`);
    for (const { tHead, tBodies } of document.querySelectorAll("table.rows:has(td)")) {
      const [heads, cells] = [tHead.rows[0], tBodies[0].rows[0]].map((row) => [...row.cells].filter(seen).length);
      if (width >= 640 && heads !== cells) faults.push(`has ${heads} heads for ${cells} cells ${named(tHead)}`);
    }
    for (const each of document.querySelectorAll("body *")) {
      const { animationName, transitionDuration } = getComputedStyle(each);
      const moves = animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
      if (moves && seen(each)) faults.push(`moves ${named(each)}`);
    }
    for (const each of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
      if (!seen(each)) continue;
      each.focus({ preventScroll: true, focusVisible: true });
      const around = [each, each.form ?? each].map((one) => getComputedStyle(one));
      if (document.activeElement === each && !around.some(outlined)) faults.push(`hides its focus ${named(each)}`);
    }
    document.activeElement?.blur();
    return faults;
"""
"""For who has large fingers, enlarges pages, chooses the colours, is made ill by motion, or has no pointer."""
_STICKING_OUT = """
    for (const menu of document.querySelectorAll("main details")) menu.open = true;
    const width = document.documentElement.clientWidth;
    const scrolls = (of) => ["auto", "scroll"].includes(getComputedStyle(of).overflowX);
    const isWithin = (inner) => {
      for (let of = inner.parentElement; of; of = of.parentElement) if (scrolls(of)) return true;
      return inner.closest(".vh, svg, .skip, [popover]") !== null;
    };
    return [...document.querySelectorAll("body *")].filter((each) => {
      const { left, right, height } = each.getBoundingClientRect();
      return height > 0 && (right > width + 1 || left < -1) && !isWithin(each);
    }).map((each) => `${each.localName}.${each.className}: ${each.textContent.trim().slice(0, 40)}`);
"""
"""Nothing is wider than the page, except within what is scrolled by itself."""


class Inspector:
    """Opens pages as all their readers would, and lists what is wrong with them."""

    def __init__(self, chrome: Chrome, url: str, sessions: Mapping[Reader, str]) -> None:
        self._screen = Screen(chrome, url)
        self._chrome = chrome
        self._sessions = sessions
        self._shown: tuple[Reader, str] | None = None
        # To send it to each page takes longer than to let each page find it.
        found = chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": AXE})
        self._axe: dict[str, str] = found

    def faults(self, visit: Visit, looks: Sequence[Look], locale: str = "") -> list[str]:
        """Return what is wrong with a page in these looks, each with its place."""
        found = self._found(visit, looks, locale)
        return [f"{visit.reader} {locale} {visit.path}: {each}" for each in found]

    def _found(self, visit: Visit, looks: Sequence[Look], locale: str) -> list[str]:
        complaints(self._chrome)
        self._become(visit.reader, locale)
        self._see(looks[0])
        self._screen.open(visit.path, width=looks[0].width)
        if visit.sends and self._screen.js(_SEND):
            self._screen.wait("document.getElementById('errors')")
        found = (
            [f"answers {status}"] if (status := self._screen.js(_STATUS)) != visit.status else []
        )
        for look in looks:
            if look != looks[0]:
                self._see(look)
                self._screen.resize(look.width)
            found += [f"{look.width} {look.scheme}: {each}" for each in self._screen.violations()]
        found += self._of_narrow()
        if locale in LOCALES[1:]:
            found = [each for each in found if not any(part in each for part in _OF_NOBODY)]
        if locale:
            found += [f"sticks out: {each}" for each in self._screen.js(_STICKING_OUT)]
        return [*found, *self._complaints(visit)]

    def sticking_out(self, visit: Visit, locale: str) -> list[str]:
        """Return what is wider than the smallest phone in a language, each with its place."""
        self._become(visit.reader, locale)
        self._screen.open(visit.path, width=NARROW[-1])
        return [f"{locale} {visit.path}: {each}" for each in self._screen.js(_STICKING_OUT)]

    def leave(self) -> None:
        """Give the browser back as it was."""
        self._become(Reader.NOBODY)
        self._screen.prefer()
        self._chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", self._axe)
        self._chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self._chrome.get("about:blank")

    def _become(self, reader: Reader, locale: str = "") -> None:
        if (reader, locale) == self._shown:
            return
        self._shown = (reader, locale)
        self._chrome.execute_cdp_cmd("Network.clearBrowserCookies", {})
        for name, value in {"session": self._sessions.get(reader), "locale": locale}.items():
            if value:
                cookie = {"name": name, "value": value, "url": self._screen.url}
                self._chrome.execute_cdp_cmd("Network.setCookie", cookie)

    def _see(self, look: Look) -> None:
        self._screen.prefer(prefers_color_scheme=look.scheme)

    def _of_narrow(self) -> list[str]:
        self._screen.prefer(forced_colors="active", prefers_reduced_motion="reduce")
        found = []
        for width in NARROW:
            self._screen.resize(width)
            found += [f"{width}: {each}" for each in self._screen.js(_FAULTS, width)]
        return found

    def _complaints(self, visit: Visit) -> list[str]:
        expected = f"responded with a status of {visit.status.value} "
        return [each for each in unexpected(self._chrome) if expected not in each]
