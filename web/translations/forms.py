"""Sentences of other layers, known by their form, such as `Must be at most %(most)s.`."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property

from web.translations import gettext as _

_LONGEST = 500
"""Longer ones hold what somebody typed. To match them would take long."""
_PLACE = re.compile(r"%\((\w+)\)s")


class Forms:
    """Translates sentences of these forms. What stands in their places is translated by `within`."""

    def __init__(
        self, forms: Iterable[str], *, within: Callable[[str], str | None] | None = None
    ) -> None:
        self._forms = tuple(forms)
        self._plain = frozenset(form for form in self._forms if "%(" not in form)
        self._within = within

    def find(self, sentence: str) -> str | None:
        """Return a sentence in the language of the reader, or None if its form is not known."""
        if len(sentence) > _LONGEST:
            return None
        if sentence in self._plain:
            return _(sentence)
        for form, pattern in self._patterns:
            if found := pattern.fullmatch(sentence):
                return _(form) % {
                    name: self._part(text) for name, text in found.groupdict().items()
                }
        return None

    def _part(self, text: str) -> str:
        found = self._within(text) if self._within else None
        return text if found is None else found

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(form, _pattern(form)) for form in self._forms if form not in self._plain]


def _pattern(form: str) -> re.Pattern[str]:
    parts = _PLACE.split(form)
    fixed = [re.escape(part) for part in parts[::2]]
    places = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*places, ""], strict=True)))
