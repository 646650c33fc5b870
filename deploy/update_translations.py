"""Bring the catalogues of the pages up to date: `python deploy/update_translations.py`.

New texts are added without a translation, and texts that no page has any more are dropped. Nothing
is guessed: a text that was changed has to be translated anew.
"""
# ruff: noqa: INP001 - a program of its own

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
SAMPLES = WEB / "templates/components/gallery.html"
"""Shows components to their makers, and to no reader."""
CATALOGUES = WEB / "translations"

_JINJA = "jinja2.ext:babel_extract"
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
_PASSING = (
    b'"Generated-By:',
    b'"PO-Revision-Date:',
    b'"POT-Creation-Date:',
    b'"Report-Msgid-Bugs-To:',
)
_OPTIONS = {
    "extensions": "jinja2.ext.i18n",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}


def texts() -> Catalog:
    """Return all texts of the pages, without translations."""
    found = Catalog()
    for path, line, message in _found():
        found.add(message, locations=[(path, line)])
    return found


def catalogue(locale: str) -> Catalog:
    """Return the catalogue of a language; an empty one if there is none yet."""
    file = CATALOGUES / f"{locale}.po"
    if not file.exists():
        return Catalog(locale=locale)
    return read_po(BytesIO(file.read_bytes()), locale=locale, abort_invalid=True)


def updated(locale: str) -> bytes:
    """Return the catalogue of a language with exactly the texts that the pages have."""
    present = catalogue(locale)
    present.update(texts(), no_fuzzy_matching=True)
    present.obsolete.clear()
    return _written(present)


def update(locale: str) -> None:
    """Write the catalogue of a language anew."""
    (CATALOGUES / f"{locale}.po").write_bytes(updated(locale))


def _written(shown: Catalog) -> bytes:
    """Return a catalogue as a file that only texts and translations change."""
    written = BytesIO()
    write_po(written, shown, width=100, sort_output=True, include_lineno=False)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_PASSING))


def _found() -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    for file in sorted(WEB.rglob("*")):
        method = {".py": "python", ".html": _JINJA}.get(file.suffix)
        if method is None or file == SAMPLES:
            continue
        name = str(file.relative_to(ROOT))
        with file.open("rb") as opened:
            options = _OPTIONS if file.suffix == ".html" else {}
            for line, message, _, _ in extract(method, opened, _KEYWORDS, options=options):
                yield name, line, message


if __name__ == "__main__":
    for each in sorted(CATALOGUES.glob("*.po")):
        update(each.stem)
