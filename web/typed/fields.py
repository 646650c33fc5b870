"""Reads the fields of a form one by one, and collects what is wrong with them."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, time, tzinfo
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.text_lines import is_line
from domain.wall_clock import reached
from services.errors import Invalid
from web.translations import gettext as _

LONGEST_NAME = 100
_FIRST_YEAR, _LAST_YEAR = 2000, 2037
_LONGEST_SEARCH = 100
_LONGEST_TAG = 50
_DIGITS = re.compile(r"[0-9]{1,9}")

Choice = TypeVar("Choice", bound=StrEnum)


class Typed:
    """The fields of a form. What cannot be read becomes a problem, and a value that is not used.

    `refuse` raises `Invalid` with all problems, so a form tells of them together.
    """

    def __init__(self, form: MultiDict[str, str]) -> None:
        self._form = form
        self.problems: dict[str, list[str]] = {}

    def fail(self, name: str, sentence: str) -> None:
        self.problems.setdefault(name, []).append(sentence)

    def refuse(self) -> None:
        """Raise `Invalid` if there is a problem."""
        if self.problems:
            raise Invalid(self.problems)

    def text(self, name: str) -> str:
        return self._form.get(name, "").strip()

    def line(self, name: str, *, longest: int = LONGEST_NAME) -> str:
        """Return one line of text, which must not be empty."""
        text = self.text(name)
        if not text:
            self.fail(name, _("Fill this in."))
        elif len(text) > longest:
            self.fail(name, _("Use at most %(most)s characters.") % {"most": longest})
        elif not is_line(text):
            self.fail(name, _("Must not contain line breaks or control characters."))
        return text

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        text = self.text(name)
        if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
            limits = {"least": least, "most": most}
            self.fail(name, _("Use a whole number from %(least)s to %(most)s.") % limits)
            return least
        return int(text)

    def optional_whole(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number, or None for an empty field."""
        return self.whole(name, least, most) if self.text(name) else None

    def choice(self, name: str, among: type[Choice]) -> Choice:
        """Return a value of an enumeration."""
        values = list(among)
        found = next((each for each in values if each.value == self.text(name)), None)
        if found is None:
            self.fail(name, _("Choose one of these."))
        return found or values[0]

    def one_of(self, name: str, among: Collection[str]) -> str:
        """Return a text that is one of these."""
        text = self.text(name)
        if text not in among:
            self.fail(name, _("Choose one of these."))
        return text

    def uuid(self, name: str) -> UUID:
        return self.as_uuid(name, self.text(name))

    def as_uuid(self, name: str, text: str) -> UUID:
        """Return a text of a field that may have several, as an id."""
        try:
            return UUID(text)
        except ValueError:
            self.fail(name, _("Choose one of these."))
            return UUID(int=0)

    def time_of_day(self, name: str) -> time:
        """Return a time such as 22:00."""
        try:
            return time.fromisoformat(self.text(name)).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            self.fail(name, _("Enter a time such as 22:00."))
            return time(0)

    def optional_time_of_day(self, name: str) -> time | None:
        return self.time_of_day(name) if self.text(name) else None

    def local_time(self, name: str) -> datetime:
        """Return a day and a time as clocks show them, without a zone."""
        return local_time(self.text(name)) or self._no_time(name)

    def moment(self, name: str, zone: tzinfo) -> datetime:
        """Return the moment at which clocks in a zone show a day and a time."""
        return reached(self.local_time(name), zone)

    def optional_moment(self, name: str, zone: tzinfo) -> datetime | None:
        return self.moment(name, zone) if self.text(name) else None

    def _no_time(self, name: str) -> datetime:
        self.fail(name, _("Enter a day and a time."))
        return datetime(_FIRST_YEAR, 1, 1)  # noqa: DTZ001 - a time of clocks, which no zone has


def local_time(text: str) -> datetime | None:
    """Read what a browser sends for a day and a time; None if it is none of our years."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_known = found.tzinfo is None and _FIRST_YEAR <= found.year <= _LAST_YEAR
    return found.replace(microsecond=0) if is_known else None


def tag_of(query: Mapping[str, str]) -> str:
    """Return the tag that an address asks for, or nothing."""
    return query.get("tag", "").replace("\0", "").strip()[:_LONGEST_TAG]


def searched(text: str) -> str:
    """Return the text of a search such that the database can look for it."""
    return text.replace("\0", "").strip()[:_LONGEST_SEARCH]
