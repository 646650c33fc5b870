"""Why a service refused, in the language of the reader.

Services speak English, since the API does. Their sentences are known here by their form, such as
`Must be at most %(most)s.`; one that is not known is shown as it is.
"""

import re
from functools import cache

from services.errors import Invalid
from web.refusals.sentences import NOUNS, SENTENCES
from web.translations import gettext as _

_LONGEST = 500
"""Longer ones hold what somebody typed. To match them would take long."""
_PLACE = re.compile(r"%\((\w+)\)s")


def translated(sentence: str) -> str:
    """Return a sentence of a service in the language of the reader."""
    if len(sentence) > _LONGEST:
        return sentence
    if sentence in SENTENCES:
        return _(sentence)
    for form, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            return _(form) % {name: _word(text) for name, text in found.groupdict().items()}
    return sentence


def in_words(error: Invalid) -> str:
    """Return everything that is wrong with some values in one text."""
    return " ".join(translated(text) for texts in error.problems.values() for text in texts)


def _word(text: str) -> str:
    return _(text) if text in NOUNS else text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(form, _pattern(form)) for form in SENTENCES if "%(" in form]


def _pattern(form: str) -> re.Pattern[str]:
    parts = _PLACE.split(form)
    fixed = [re.escape(part) for part in parts[::2]]
    places = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*places, ""], strict=True)))
