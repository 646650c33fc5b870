"""Regular expressions in linear time: RE2, with a bound on the size of the compiled program.

The cost of a search is the program's size times the bytes searched (`probes/assertions/budget.py`).
Searches capture no groups, because RE2 would use its slowest engine for that: only a match of limited
length is matched again with its groups. Compiling takes time too. So a pattern is first compiled with little memory, which a far too large one exhausts soon.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import re2  # type: ignore[import-untyped] # it ships no types
from pydantic import AfterValidator, Field

from probes.assertions.budget import Budget

if TYPE_CHECKING:
    from re import Match
    from re import Pattern as Compiled

LARGEST_PROGRAM = 300
"""The most instructions of all regular expressions of one check together."""
MOST_CLASSES = 5
"""The most Unicode classes in one regular expression: each is a list of hundreds of ranges."""
LONGEST_CAPTURE = 4096
"""The most characters of a match of which a group is captured, at up to 17 ns for each step."""
_MEMORY = 1024 * 1024
_MEMORY_TO_TRY = 64 * 1024
_CLASS = re.compile(r"\\[pP]")
_TOO_LARGE = "The regular expression is too large: use smaller repetitions."


@lru_cache(maxsize=4096)
def compiled(pattern: str, *, captures: bool = False) -> "Compiled[str]":
    """Return the compiled pattern, or raise `ValueError` with a sentence for the user."""
    if len(_CLASS.findall(pattern)) > MOST_CLASSES:
        raise ValueError(f"A regular expression may have at most {MOST_CLASSES} Unicode classes.")
    if program_size(_compiled(pattern, _MEMORY_TO_TRY)) > LARGEST_PROGRAM:
        raise ValueError(_TOO_LARGE)
    return _compiled(pattern, _MEMORY, captures=captures)


def _compiled(pattern: str, memory: int, *, captures: bool = False) -> "Compiled[str]":
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    options.never_capture = not captures
    try:
        found: Compiled[str] = re2.compile(pattern, options)
    except re2.error as error:
        reason = _reason(error)
        if "too large" in reason:
            raise ValueError(_TOO_LARGE) from error
        raise ValueError(f"Not a regular expression that RE2 accepts: {reason}.") from error
    return found


def program_size(pattern: "Compiled[str]") -> int:
    size: int = pattern.programsize  # type: ignore[attr-defined] # RE2's own
    return size


def searched(pattern: str, text: str, budget: Budget) -> "tuple[Match[str] | None, str]":
    """Search a text; return the match, and the beginning of the text that was searched."""
    program = compiled(pattern)
    beginning = budget.beginning(text, program_size(program))
    return program.search(beginning), beginning


def captured(pattern: str, text: str, budget: Budget) -> "Match[str] | None":
    """Search a text; return the match with its groups, or without if it is longer than captured."""
    match, beginning = searched(pattern, text, budget)
    if match is None or len(match[0]) > LONGEST_CAPTURE:
        return match
    return compiled(pattern, captures=True).match(beginning, match.start(), match.end())


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else b""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def _checked(pattern: str) -> str:
    compiled(pattern)
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_checked)]
"""A regular expression of RE2, validated on write."""
