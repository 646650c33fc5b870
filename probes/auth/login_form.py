"""Finds the login form on an arbitrary page, with bounds on size, time and number.

Scripts, comments and declarations are cut out first: `html.parser` of some Python versions takes
quadratic time on unterminated ones, and fails on malformed ones. It takes 2 µs for each tag and
each attribute. So text outside of all forms is left out, and the number of tags and attributes
inside is limited.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

LARGEST_PAGE = 256 * 1024
_MOST_TAGS = 20_000
_MOST_WORDS = 10_000
"""The most names and values of attributes in all tags of the forms."""
_TAG = re.compile(r"<[^>]*")
_WORD = re.compile(r"[^\s/=]+")
_MOST_FIELDS = 100
_LARGEST_FIELDS = 64 * 1024
_TEXTS = frozenset({"text", "email", "tel", ""})
_CUT = (
    ("<!--", "-->"),
    ("<script", "</script"),
    ("<style", "</style"),
    ("<textarea", "</textarea"),
    ("<!", ">"),
    ("<?", ">"),
)


class FormError(Exception):
    """The text is a sentence without its subject, which is the login page."""


@dataclass(slots=True)
class Form:
    """A form of the page. `action` is as written; `fields` are those with a value of their own."""

    names: frozenset[str]
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    username_field: str = ""
    password_field: str = ""


def login_form(page: str, wanted: str | None) -> Form:
    """Return the form with this id or name, or the first with a password field.

    Raise `FormError` if there is none.
    """
    if len(page) > LARGEST_PAGE:
        raise FormError(f"is larger than {LARGEST_PAGE // 1024} KiB.")
    if page.count("<") > _MOST_TAGS:
        raise FormError("has too many tags.")
    forms = _around_forms(without_scripts(page))
    if sum(len(_WORD.findall(tag)) for tag in _TAG.findall(forms)) > _MOST_WORDS:
        raise FormError("has too many attributes in its forms.")
    parser = _Parser()
    # An unfinished tag at the end cannot hide a form that could be submitted.
    parser.feed(forms)
    found = [
        each for each in parser.forms if (wanted in each.names if wanted else each.password_field)
    ]
    if not found:
        raise FormError(
            "has no form of the given id or name."
            if wanted
            else "has no form with a password field."
        )
    form = found[0]
    size = sum(len(name) + len(value) for name, value in form.fields.items())
    if len(form.fields) > _MOST_FIELDS or size > _LARGEST_FIELDS:
        raise FormError("has a form with too many fields.")
    return form


def _around_forms(page: str) -> str:
    """Return the text from the first form to the end of the last one."""
    lower = page.lower()
    if len(lower) != len(page):
        page = lower
    begin, end = lower.find("<form"), lower.rfind("</form")
    if begin < 0:
        return ""
    return page[begin:] if end < begin else page[begin : _after_tag(lower, end)]


def without_scripts(page: str) -> str:
    """Remove what contains no fields, and everything after an unterminated part of that kind."""
    kept: list[str] = []
    lower, position = page.lower(), 0
    if len(lower) != len(page):
        # A few letters change their length in lower case, and the positions would not match.
        page = lower
    starts = {start: lower.find(start) for start, _ in _CUT}
    while True:
        for start, at in starts.items():
            if 0 <= at < position:
                starts[start] = lower.find(start, position)
        begun = [(at, start) for start, at in starts.items() if at >= position]
        if not begun:
            return "".join([*kept, page[position:]])
        at, start = min(begun, key=lambda each: (each[0], -len(each[1])))
        kept.append(page[position:at])
        end = lower.find(dict(_CUT)[start], at + len(start))
        if end < 0:
            return "".join(kept)
        position = end + 3 if start == "<!--" else _after_tag(lower, end)


def _after_tag(text: str, at: int) -> int:
    end = text.find(">", at)
    return len(text) if end < 0 else end + 1


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            names = frozenset({said.get("id", ""), said.get("name", "")} - {""})
            self._form = Form(names, said.get("action", ""))
            self.forms.append(self._form)
        elif tag == "input" and self._form and len(self._form.fields) <= _MOST_FIELDS:
            _take_input(self._form, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def _take_input(form: Form, said: dict[str, str]) -> None:
    name, kind = said.get("name", ""), said.get("type", "").lower()
    if not name or "disabled" in said:
        return
    if kind == "password":
        form.password_field = form.password_field or name
    elif kind in _TEXTS and not form.password_field:
        # The last text field before the password is the user name.
        form.username_field = name
    elif kind == "hidden" or (kind in {"checkbox", "radio"} and "checked" in said):
        form.fields[name] = said.get("value", "") or ("on" if kind == "checkbox" else "")
