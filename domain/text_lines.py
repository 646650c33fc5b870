"""Names and other texts of one line."""

import unicodedata

_NOT_IN_LINES = frozenset({"Cc", "Zl", "Zp", "Cs"})


def is_line(text: str) -> bool:
    """Return whether a text holds no line breaks, control characters or lone surrogates."""
    return not any(unicodedata.category(character) in _NOT_IN_LINES for character in text)
