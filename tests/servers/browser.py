"""Debian's Chromium without a screen, steered as a person steers it."""

from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.servers.programs import program

# Tests may run as root, whom its sandbox refuses, and in a container with little shared memory.
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=1000,1200",
)


@contextmanager
def browser() -> Iterator[Chrome]:
    """Start one that knows nothing of earlier ones, and downloads nothing."""
    options = ChromeOptions()
    options.binary_location = program("chromium")
    for each in _ARGUMENTS:
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(program("chromedriver")))
    try:
        yield chrome
    finally:
        chrome.quit()
