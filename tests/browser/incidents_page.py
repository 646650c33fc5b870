"""The page of the incidents as a person uses it: what is written on it, and what can be pressed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.api.client import PASSWORD
from tests.e2e.patience import eventually

T = TypeVar("T")
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class IncidentsPage:
    """Finds what can be seen, by the words beside it."""

    chrome: Chrome
    url: str

    def open(self) -> None:
        self.chrome.get(f"{self.url}/incidents")
        self.wait(lambda: self.button("Log in"), "the form")

    def log_in(
        self, email: str = "ada@example.test", password: str = PASSWORD, code: str = ""
    ) -> None:
        for name, value in {"email": email, "password": password, "code": code}.items():
            field = self.chrome.find_element(By.NAME, name)
            field.clear()
            field.send_keys(value)
        self.press("Log in")

    def come_in(self, email: str = "ada@example.test") -> None:
        self.open()
        self.log_in(email)
        self.see("open")

    def press(self, words: str, within: WebElement | None = None) -> None:
        found = self.wait(lambda: self.button(words, within), words)
        assert found
        found.click()

    def button(self, words: str, within: WebElement | None = None) -> WebElement | None:
        """Return the one with these words, if it can be pressed."""
        found = (within or self.chrome).find_elements(By.TAG_NAME, "button")
        usable = (each for each in found if each.is_displayed() and each.is_enabled())
        return next((each for each in usable if each.text == words), None)

    def choose(self, name: str, words: str) -> None:
        Select(self.chrome.find_element(By.CSS_SELECTOR, name)).select_by_visible_text(words)

    def write_note(self, words: str) -> None:
        self._note().send_keys(words)

    def note(self, name: str = "Shop") -> str:
        return self._note(name).get_property("value") or ""  # type: ignore[return-value]

    def type(self, words: str) -> None:
        """Press keys without looking where: what has the focus gets them."""
        self.chrome.switch_to.active_element.send_keys(words)

    def focused(self) -> str:
        """Return the text of what gets the keys that are pressed."""
        return self.chrome.switch_to.active_element.text

    @contextmanager
    def on_a_phone(self) -> Iterator[None]:
        """Show it as the smallest of them do."""
        small: dict[str, object] = {
            "width": 320,
            "height": 568,
            "deviceScaleFactor": 2,
            "mobile": True,
        }
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", small)
        try:
            yield
        finally:
            self.chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def look_again(self) -> None:
        """Have the page look at once, as it does whenever its reader comes back to it."""
        self.chrome.execute_script("document.dispatchEvent(new Event('visibilitychange'))")

    def open_all_timelines(self) -> None:
        """Open them so fast that none is read before the last one asks."""
        self.chrome.execute_script(
            "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
        )

    def read_out(self) -> list[str]:
        """Return what is said, of all incidents, to those who do not see it."""
        said = self.chrome.find_elements(By.CSS_SELECTOR, "#board > p [role=status]")
        return [each.text for each in said]

    def incidents(self) -> list[WebElement]:
        return self.chrome.find_elements(By.CSS_SELECTOR, "article.incident")

    def _note(self, name: str = "Shop") -> WebElement:
        of = next(each for each in self.incidents() if name in each.text)
        return of.find_element(By.NAME, "note")

    def problem(self) -> str:
        return self.chrome.find_element(By.ID, "problem").text

    def text(self) -> str:
        return self.chrome.find_element(By.TAG_NAME, "body").text

    def see(self, words: str) -> None:
        self.wait(lambda: words in self.text(), words)

    def miss(self, words: str) -> None:
        self.wait(lambda: words not in self.text(), f"{words} to go")

    def wait(self, look: Callable[[], T], what: str) -> T:
        return eventually(look, seconds=_PATIENCE_SECONDS, what=f"{what} in: {self.text()}")
