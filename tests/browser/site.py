"""The pages as a person uses them: what is written on them, and what can be pressed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import requests
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.api.client import FROM_HERE, PASSWORD
from tests.e2e.patience import last_look

T = TypeVar("T")
_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Site:
    """Finds what can be seen, by the words on it."""

    chrome: Chrome
    url: str

    def open(self, path: str = "/") -> None:
        self.chrome.get(self.url + path)

    def log_in(self, email: str = "ada@example.test", password: str = PASSWORD) -> None:
        for name, value in {"email": email, "password": password}.items():
            self.fill(name, value)
        self.press("Log in")

    def open_logged_in(self, path: str = "/", email: str = "ada@example.test") -> None:
        """See a page after a new login, which takes no page of its own (see test_login.py for that)."""
        self.chrome.execute_cdp_cmd("Network.clearBrowserCookies", {})
        fields = {"email": email, "password": PASSWORD}
        answer = requests.post(
            f"{self.url}/login",
            data=fields,
            headers=FROM_HERE,
            allow_redirects=False,
            timeout=_PATIENCE_SECONDS,
        )
        for name, value in answer.cookies.items():
            cookie = {"name": name, "value": value, "url": self.url}
            self.chrome.execute_cdp_cmd("Network.setCookie", cookie)
        self.open(path)
        assert self.path().startswith(path)

    def fill(self, name: str, value: str) -> None:
        field = self.wait(lambda: self.chrome.find_element(By.NAME, name), name)
        field.clear()
        field.send_keys(value)

    def value(self, name: str) -> str:
        return self.chrome.find_element(By.NAME, name).get_property("value") or ""  # type: ignore[return-value]

    def press(self, words: str) -> None:
        """Press the first button or link that begins with these words."""
        found = self.wait(lambda: self.control(words), words)
        assert found
        found.click()

    def control(self, words: str) -> WebElement | None:
        usable = (each for each in self.controls() if each.is_displayed() and each.is_enabled())
        return next((each for each in usable if each.text.strip().startswith(words)), None)

    def element(self, selector: str) -> WebElement:
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def elements(self, selector: str) -> list[WebElement]:
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def controls(self) -> list[WebElement]:
        within = "dialog" if self.elements("dialog[open]") else "main"
        return self.elements(f"{within} :is(button, a, summary):not([aria-hidden])")

    def type(self, words: str) -> None:
        """Press keys without looking where: what has the focus gets them."""
        self.chrome.switch_to.active_element.send_keys(words)

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
        """Have the page renew itself, as it does whenever its reader comes back to it."""
        self.chrome.execute_script("document.dispatchEvent(new Event('visibilitychange'))")

    def path(self) -> str:
        return self.chrome.current_url.removeprefix(self.url)

    def text(self) -> str:
        try:
            return self.chrome.find_element(By.TAG_NAME, "body").text
        except WebDriverException as error:
            if not _is_of_a_renewed_page(error):
                raise
            return ""

    def see(self, words: str) -> None:
        self.wait(lambda: words in self.text(), words)

    def miss(self, words: str) -> None:
        self.wait(lambda: words not in self.text(), f"{words} to go")

    def wait(self, look: Callable[[], T], what: str) -> T:
        def patiently() -> T | None:
            try:
                return look()
            except WebDriverException as error:
                if not _is_of_a_renewed_page(error):
                    raise
                return None

        found = last_look(patiently, seconds=_PATIENCE_SECONDS, pause=_PAUSE_SECONDS)
        assert found, f"Waited in vain for {what} in: {self.text()}"
        return found


def _is_of_a_renewed_page(error: WebDriverException) -> bool:
    """Tell whether an element was gone because the page changed between two steps of the driver."""
    if isinstance(error, StaleElementReferenceException | NoSuchElementException):
        return True
    return "does not belong to the document" in str(error)
