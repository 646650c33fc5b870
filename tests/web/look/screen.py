"""Somebody at a screen of some size, in a light or a dark room."""

from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.conftest import ROOT

AXE = (ROOT / "tests/web/vendor/axe-core/axe.min.js").read_text()
_PHONE = 700
_PATIENCE_SECONDS = 20
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Screen:
    """Opens pages, presses keys, and looks."""

    def __init__(self, chrome: Chrome, url: str) -> None:
        self.chrome = chrome
        self.url = url

    def open(self, path: str = "/", *, width: int = 1440) -> None:
        """Open a page in a window of this width; a narrow one is a phone."""
        self.resize(width)
        self.chrome.get(self.url + path)

    def resize(self, width: int, height: int = 900) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < _PHONE}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, **features: str) -> None:
        """Let the reader's system prefer something, such as `prefers_color_scheme="dark"`; nothing else."""
        named = [{"name": each.replace("_", "-"), "value": of} for each, of in features.items()]
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def find(self, selector: str) -> WebElement:
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def js(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - what a script returns
        return self.chrome.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        ActionChains(self.chrome).send_keys(*keys).perform()

    def chord(self, held: str, key: str) -> None:
        ActionChains(self.chrome).key_down(held).send_keys(key).key_up(held).perform()

    def wait(self, script: str) -> None:
        """Wait until an expression of the page is true."""
        WebDriverWait(self.chrome, _PATIENCE_SECONDS, poll_frequency=0.05).until(
            lambda _: self.js(f"return Boolean({script})"), script
        )

    def violations(self) -> list[str]:
        """Return what axe finds wrong, as rule and place.

        The window grows to the page: what stays at its edges while one scrolls covers nothing.
        """
        width, height, is_loaded = self.js(
            "return [innerWidth, document.documentElement.scrollHeight, Boolean(window.axe)]"
        )
        self.resize(width, height)
        if not is_loaded:
            self.js(AXE)
        found: dict[str, list[dict[str, Any]]] = self.chrome.execute_async_script(
            "const done = arguments[1];"
            "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(done)",
            _RULES,
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]
