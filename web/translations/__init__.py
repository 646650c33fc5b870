"""The languages of the pages: one catalogue each, in the format of gettext.

The catalogues are read as they are, so there is nothing to compile.
"""

import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from web.preferences import PSEUDO, current

_HERE = Path(__file__).parent
_LETTERS = str.maketrans("aceinouyACEINOUY", "åçéîñøûýÅÇÉÎÑØÛÝ")
_PARTS = re.compile(r"(%\([a-z_]+\)[sd]|%%)")


def gettext(text: str) -> str:
    """Return a text in the language of the reader."""
    return _of(current().locale).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return a text in the language of the reader, in the form for a number."""
    return _of(current().locale).ngettext(one, many, number)


def marked(text: str) -> str:
    """Return a text unchanged. It marks what is translated only when it is shown."""
    return text


@cache
def _of(locale: str) -> NullTranslations:
    if locale in PSEUDO:
        return _Pseudo()
    file = _HERE / f"{locale}.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=locale, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


class _Pseudo(NullTranslations):
    """Shows which texts are not translated, and what longer ones do to a page."""

    def gettext(self, message: str) -> str:
        return f"[{_lengthened(message)}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _lengthened(text: str) -> str:
    parts = _PARTS.split(text)
    words = [part if _PARTS.fullmatch(part) else part.translate(_LETTERS) for part in parts]
    return "".join(words) + "·" * (len(text) // 3)
