"""Somebody without a pointer: presses keys, and sees after each of them where they are."""

from collections.abc import Iterator
from typing import Any

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.site import Site

_MOST_STEPS = 200
_MOST_PARTS = 9
_FOCUS = """
    const at = document.activeElement;
    if (!at || at === document.body || at.matches("main")) return null;
    const outlined = (each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    };
    const { left, right, top, bottom } = at.getBoundingClientRect();
    const clamped = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
    const above = document.elementFromPoint(clamped(left, right, innerWidth), clamped(top, bottom, innerHeight));
    const label = at.ariaLabel ?? [...(at.labels ?? [])].map((each) => each.innerText).join(" ");
    window.places ??= new Map();
    if (!places.has(at)) places.set(at, places.size);
    return {
      place: places.get(at),
      name: (label || at.innerText || at.name || at.localName).trim().replace(/\\s+/g, " "),
      value: at.value ?? "",
      outlined: [at, ...(at.form ? [at.form] : [])].some(outlined),
      inSight: Boolean(above && (above === at || at.contains(above) || above.contains(at))),
    };
"""


class Keyboard:
    """Presses keys; each of them leaves the focus where it can be seen."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._chrome = site.chrome

    def press(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self._chrome).send_keys(key).perform()
            self.focus()

    def chord(self, held: str, key: str) -> None:
        ActionChains(self._chrome).key_down(held).send_keys(key).key_up(held).perform()
        self.focus()

    def type(self, text: str) -> None:
        ActionChains(self._chrome).send_keys(text).perform()

    def tab_to(self, name: str) -> None:
        """Press Tab until what has the focus is called so; it comes before the page begins anew."""
        passed = []
        for each in self._way():
            if each.startswith(name):
                return
            passed.append(each)
        raise AssertionError(f"The focus does not come to {name!r}: {passed}")

    def go_around(self) -> list[str]:
        """Press Tab until the page begins anew; return what had the focus, in order."""
        return list(self._way())

    def _way(self) -> Iterator[str]:
        """Go on by Tab and name what has the focus, until it has been everywhere."""
        places: list[int] = []
        parts = 0
        for _ in range(_MOST_STEPS):
            self.press(Keys.TAB)
            focus = self.focus()
            if focus is None:
                # Between the end of the page and its beginning.
                continue
            name, place = focus["name"], focus["place"]
            # A date is one field with a part for each of its numbers.
            parts = parts + 1 if places and place == places[-1] else 0
            assert parts < _MOST_PARTS, f"{name!r} keeps the focus."
            if parts:
                continue
            if place in places:
                assert place == places[0], f"The focus goes back to {name!r}."
                return
            places.append(place)
            yield name
        raise AssertionError("There is no end.")

    def focus(self) -> dict[str, Any] | None:
        """Return what has the focus, which must be seen, or None if it is the page itself."""
        found: dict[str, Any] | None = self._chrome.execute_script(_FOCUS)
        if found is not None:
            assert found["outlined"], f"Nothing shows that {found['name']!r} has the focus."
            assert found["inSight"], f"{found['name']!r} has the focus behind something else."
        return found
