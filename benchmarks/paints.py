"""What a browser shows of pages, and when: paints, shifts, and how long a press takes to be seen."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median, quantiles

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.ratios import Ratio

_SLOW_CPU = 4
_SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_TIMES = 3
"""How often each page is opened slowly, and each press is made."""
_RENEWALS = 10
_PATIENCE_SECONDS = 20
_SETTLING_SECONDS = 0.6
"""So long after a page is there, its last paints and shifts are known."""

_MOST_FCP, _MOST_LCP, _MOST_INP, _MOST_MORPH = 300, 1500, 150, 30
_MOST_SHIFT = 0.02
_MOST_APP_JS, _MOST_CHART_JS, _MOST_CSS = 15, 40, 12
_MOST_NODES = 1500

# Kept over navigations: what a press takes is known only when the page that it leads to is there.
_OBSERVER = """
(() => {
  const say = (kind, value) => {
    try {
      const all = JSON.parse(sessionStorage.getItem("seen") ?? "[]");
      sessionStorage.setItem("seen", JSON.stringify([...all, [kind, value]]));
    } catch {}
  };
  const see = (type, tell, more = {}) => {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(tell));
    observer.observe({ type, buffered: true, ...more });
    addEventListener("pagehide", () => observer.takeRecords().forEach(tell));
  };
  see("paint", (each) => each.name === "first-contentful-paint" && say("fcp", each.startTime));
  see("largest-contentful-paint", (each) => say("lcp", each.startTime));
  const place = ({ node }) => `${node?.localName ?? node?.nodeName}.${node?.className ?? ""}`;
  window.moved = [];
  see("layout-shift", (each) => {
    if (each.hadRecentInput) return;
    say("shift", each.value);
    window.moved.push([each.value, each.sources.map(place)]);
  });
  see("event", (each) => each.interactionId && say("press", each.duration), { durationThreshold: 16 });
  let library;
  Object.defineProperty(window, "Idiomorph", {
    get: () => library,
    set: (given) => {
      const { morph } = given;
      library = { ...given, morph: (...all) => {
        const began = performance.now();
        const result = morph(...all);
        say("morph", performance.now() - began);
        return result;
      } };
    },
  });
})();
"""
_FILES = """
return performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize])
"""

Seen = Mapping[str, Sequence[float]]


class Tab:
    """A browser tab of a logged-in user that records its paints."""

    def __init__(self, chrome: Chrome, url: str, cookie: str) -> None:
        self._chrome = chrome
        self._url = url
        self._command("Page.enable")
        self._command("Network.enable")
        self._command("Page.addScriptToEvaluateOnNewDocument", source=_OBSERVER)
        chrome.get(f"{url}/login")
        chrome.add_cookie({"name": "session", "value": cookie, "httpOnly": True})

    def open(self, path: str, *, is_cold: bool = False) -> Seen:
        """Open a page, and return what was seen of it."""
        if is_cold:
            self._command("Network.clearBrowserCache")
        self.take()
        self._chrome.get(self._url + path)
        time.sleep(_SETTLING_SECONDS)
        return self.take()

    def take(self) -> Seen:
        """Return what was seen since the last time, by kind."""
        said = self.js(
            "const said = sessionStorage.getItem('seen'); sessionStorage.clear(); return said"
        )
        found: dict[str, list[float]] = defaultdict(list)
        for kind, value in json.loads(str(said or "[]")):
            found[kind].append(value)
        return found

    def press(self, selector: str, keys: str = "") -> None:
        """Click, or type into what is there."""
        found = self._chrome.find_element(By.CSS_SELECTOR, selector)
        if not keys:
            found.click()
        for key in keys:
            found.send_keys(key)
            time.sleep(0.05)

    def wait(self, condition: str) -> None:
        WebDriverWait(self._chrome, _PATIENCE_SECONDS, poll_frequency=0.05).until(
            lambda _: self.js(f"return Boolean({condition})"), condition
        )

    def js(self, script: str) -> object:
        return self._chrome.execute_script(script)

    @contextmanager
    def slow(self, *, network: bool) -> Iterator[None]:
        """Let it be a phone of the middle class, far away if the network is slow, too."""
        self._command("Emulation.setCPUThrottlingRate", rate=_SLOW_CPU)
        if network:
            self._command("Network.emulateNetworkConditions", **_SLOW_NETWORK)
        try:
            yield
        finally:
            self._command("Emulation.setCPUThrottlingRate", rate=1)
            fast = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
            self._command("Network.emulateNetworkConditions", **{**_SLOW_NETWORK, **fast})

    def _command(self, name: str, **parameters: object) -> None:
        self._chrome.execute_cdp_cmd(name, parameters)


def figures(
    tab: Tab, pages: Sequence[str], loads: int, change: Callable[[], None]
) -> Iterator[Ratio]:
    """Measure the list, which comes first, and the other pages; `change` changes rows of the list."""
    first = pages[0]
    paints = [tab.open(first, is_cold=True)["fcp"][0] for _ in range(loads)]
    yield _compared(f"{first}, first paint, cold cache, p95", paints, _MOST_FCP)
    yield from _files(tab, pages)
    with tab.slow(network=True):
        for page in pages:
            seen = [tab.open(page, is_cold=True) for _ in range(_TIMES)]
            print(f"{_short(page)}, what moved last: {tab.js('return window.moved')}")
            largest = [max(each["lcp"]) for each in seen]
            yield _compared(f"{_short(page)}, largest paint, slow", largest, _MOST_LCP)
            shifted = max(sum(each.get("shift", ())) for each in seen)
            yield Ratio(
                f"{_short(page)}, layout shift, x 1000", 1000 * shifted, 1000 * _MOST_SHIFT, ""
            )
    with tab.slow(network=False):
        yield from _presses(tab, first)
    yield _renewals(tab, first, change)


def _files(tab: Tab, pages: Sequence[str]) -> Iterator[Ratio]:
    for page in pages:
        tab.open(page, is_cold=True)
        sizes = {str(name): int(size) for name, size in tab.js(_FILES)}  # type: ignore[attr-defined]
        scripts = sum(size for name, size in sizes.items() if name.endswith(".js"))
        styles = sum(size for name, size in sizes.items() if name.endswith(".css"))
        has_chart = any("uplot" in name.lower() for name in sizes)
        most = _MOST_CHART_JS if has_chart else _MOST_APP_JS
        yield Ratio(f"{_short(page)}, scripts, compressed", scripts / 1000, most, "kB")
        yield Ratio(f"{_short(page)}, styles, compressed", styles / 1000, _MOST_CSS, "kB")
    tab.open(pages[0])
    nodes = tab.js("return document.querySelectorAll('*').length")
    yield Ratio(f"{pages[0]}, elements", int(str(nodes)), _MOST_NODES, "")


def _presses(tab: Tab, page: str) -> Iterator[Ratio]:
    """Filter the list, open a monitor, and acknowledge incidents."""
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(_TIMES):
        tab.open(page)
        tab.press("input[data-search]", "m12")
        tab.wait("location.search.includes('q=m12')")
        time.sleep(_SETTLING_SECONDS)
        taken["filter"] += tab.take().get("press", ())
        tab.open(page)
        tab.press("#monitors a")
        tab.wait("document.querySelector('history-bar')")
        time.sleep(_SETTLING_SECONDS)
        taken["open"] += tab.take().get("press", ())
        tab.open("/incidents")
        tab.press("main form[action$='/acknowledge'] button")
        time.sleep(_SETTLING_SECONDS)
        taken["acknowledge"] += tab.take().get("press", ())
    for what in ("filter", "open", "acknowledge"):
        # What took less than a frame has no entry.
        yield Ratio(f"{what}: press to paint, worst", max(taken[what], default=16), _MOST_INP, "ms")


def _renewals(tab: Tab, page: str, change: Callable[[], None]) -> Ratio:
    """Let the open list renew itself with rows that changed and moved."""
    took = []
    for _ in range(_RENEWALS):
        tab.open(page)
        change()
        tab.js("document.dispatchEvent(new Event('visibilitychange'))")
        tab.wait("sessionStorage.getItem('seen')?.includes('morph')")
        time.sleep(_SETTLING_SECONDS)
        took.append(sum(tab.take()["morph"]))
    return _compared(f"{page}, morph of a refresh, p95", took, _MOST_MORPH)


def _short(page: str) -> str:
    """Return the path without an identity in it."""
    return page if page.count("/") == 1 else f"{page.rpartition('/')[0]}/…"


def _compared(what: str, taken: Sequence[float], most: float) -> Ratio:
    p95 = quantiles(taken, n=20, method="inclusive")[18]
    print(f"{what}: median {median(taken):.0f} ms, p95 {p95:.0f} ms", flush=True)
    return Ratio(what, p95, most, "ms")
