"""What a check found, in the language of the reader.

Checks write English sentences, which messages and the API show as they are. Their forms are known
here; a sentence of another form, or of an older version, stays in English.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from web import formats, words
from web.findings.sentences import FINDINGS, PARTS
from web.translations import gettext as _
from web.translations.forms import Forms

_PARTS = Forms(PARTS)
_LARGE = re.compile(r"\d{1,3}(,\d{3})+")
_SMALL = re.compile(r"\d{1,3}\.\d")
_BETWEEN = re.compile(r"(?<=\.) (?=[A-Z])")
_STEP = re.compile(
    r"Step (?P<number>\d+)(?: \u201c(?P<name>[^\u201d]*)\u201d)?: (?P<rest>.*)", re.DOTALL
)
"""How the sentence about a step of a multistep check begins."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?P<time> \d\d:\d\d:\d\d UTC)?")


def _part(text: str) -> str | None:
    if _LARGE.fullmatch(text):
        return formats.figure(int(text.replace(",", "")))
    if _SMALL.fullmatch(text):
        return formats.figure(float(text))
    if found := _MOMENT.fullmatch(text):
        return _moment(text, is_day=not found["time"])
    return _PARTS.find(text)


def _moment(text: str, *, is_day: bool) -> str | None:
    """Return a day or a moment as readers write it; a moment in their zone."""
    try:
        if is_day:
            return formats.on_day(date.fromisoformat(text))
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
    return formats.short_moment(moment)


_SENTENCES = Forms([form for form in FINDINGS if form.endswith(".")], within=_part)
_QUOTING = Forms([form for form in FINDINGS if not form.endswith(".")], within=_part)


def translated(detail: str) -> str:
    """Return one sentence or several; if one of them is not known, all stay in English."""
    if step := _STEP.fullmatch(detail):
        return f"{step_title(int(step['number']), step['name'] or '')}: {translated(step['rest'])}"
    found = _all_known(_BETWEEN.split(detail))
    return found or _QUOTING.find(detail) or detail


def step_title(number: int, name: str) -> str:
    """Return how a step of a multistep check is called."""
    if not name:
        # The step of an escalation policy has another name in other languages.
        return _("%(what)s %(number)s") % {"what": _("Step"), "number": number}
    return _("Step %(number)s “%(name)s”") % {"number": number, "name": name}


def _all_known(sentences: Iterable[str]) -> str | None:
    """Return the sentences, up to the first unknown one: what sites say may have hundreds."""
    known = []
    for each in sentences:
        found = _SENTENCES.find(each)
        if found is None:
            return None
        known.append(found)
    return " ".join(known)


def in_words(detail: str, cause: str) -> str:
    """Return what a check found, or else its cause by the word of `Cause`."""
    return translated(detail) if detail else words.cause(cause)
