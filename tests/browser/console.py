"""What a browser complains of: scripts that fail, files that are missing, breaches of our policy."""

import re

from selenium.webdriver import Chrome

_NOTIFIED = re.compile(
    r"responded with a status of 4(01|09|22) |/live/events - |net::ERR_CONTENT_LENGTH_MISMATCH|Clear-Site-Data header"
    r"|/links/\S+ - \[DOM\] Password forms should have|\[DOM\] Multiple forms should be contained"
)
"""Of these the page tells its reader, or they are as they should be.

Without a stream a page polls. Whose link it is, is not asked before its form is sent. Some credentials
are two secrets, and no login.
"""
_POLICY = "Content Security Policy"


def complaints(chrome: Chrome) -> list[str]:
    """Take what the browser has said of its pages since it was asked last."""
    return [str(each["message"]) for each in chrome.get_log("browser")]  # type: ignore[no-untyped-call] # it has no types


def unexpected(chrome: Chrome) -> list[str]:
    """Take of these what is a defect of ours; a breach of the policy always is."""
    said = complaints(chrome)
    return [each for each in said if _POLICY in each or not _NOTIFIED.search(each)]
