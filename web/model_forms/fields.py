"""A field of a form: what may be typed into it, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    """How a value is typed in."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    NUMBER = "number"
    DURATION = "duration"
    CHECK = "check"
    SELECT = "select"
    SEVERAL = "several"
    """Some of few, in no order."""
    RANKED = "ranked"
    """Some of few, each in a select of its own, in their order."""
    SOUGHT = "sought"
    """Some of many, in no order: those chosen, and those that a search finds."""
    LINES = "lines"
    """Texts, one in each line."""
    WHOLES = "wholes"
    """Whole numbers, between commas."""
    PAIRS = "pairs"
    ROWS = "rows"
    SCALAR = "scalar"
    """A text, or a number, a boolean or null as JSON writes them."""
    SECRET = "secret"  # noqa: S105 - a shape
    LONG_SECRET = "long_secret"  # noqa: S105 - a shape


SECRETS = frozenset({Shape.SECRET, Shape.LONG_SECRET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`label`, `hint` and the texts of `choices` are in English, and translated when shown.

    `rows` are the fields of a row by its type; a list of one model has the type `""`. `usual` is
    the value if nothing is given, and `may_lack` says whether none is a value, too.
    """

    name: str
    shape: Shape
    label: str
    hint: str = ""
    usual: Any = None
    may_lack: bool = False
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    unit: str = ""
    placeholder: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    has_names: bool = False
    """Whether the texts of the choices are names, or translated already."""
    rows: Mapping[str, tuple["Field", ...]] = field(default_factory=dict)
    is_ordered: bool = False
    """Whether the rows are numbered and folded, and can be moved."""

    @property
    def is_secret(self) -> bool:
        """Whether it is a secret, or a list of rows that hold some."""
        return self.shape in SECRETS or any(
            each.is_secret for fields in self.rows.values() for each in fields
        )
