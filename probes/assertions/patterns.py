"""Regular expressions in linear time: RE2, with a bound on how large the compiled one may be.

Measured: RE2 takes at worst 3.4 ns for each instruction and character, when it has no memory left
for its automaton. A third of a second is the most that one check may take of the engine's thread.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import re2  # type: ignore[import-untyped] # it ships no types
from pydantic import AfterValidator, Field

if TYPE_CHECKING:
    from re import Pattern as Compiled

LARGEST_PROGRAM = 300
_MEMORY = 1024 * 1024


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "Compiled[str]":
    """Return the compiled pattern; raises `ValueError` with a sentence for the user."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        found: Compiled[str] = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"Not a regular expression that RE2 takes: {_reason(error)}.") from error
    if program_size(found) > LARGEST_PROGRAM:
        raise ValueError("The regular expression is too large: use smaller repetitions.")
    return found


def program_size(pattern: "Compiled[str]") -> int:
    size: int = pattern.programsize  # type: ignore[attr-defined] # RE2's own
    return size


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else b""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def _checked(pattern: str) -> str:
    compiled(pattern)
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_checked)]
"""A regular expression of RE2, checked when it is written."""
