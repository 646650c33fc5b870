"""The query of a check: one statement that reads.

This refuses early and in words what is meant to write. The guarantee is not here: the server runs the
statement alone, in a transaction that is read-only (`postgresql.py`, `mysql.py`). Only files that a
statement of MySQL writes are outside of transactions, so the words that name them are refused
wherever they occur.
"""

import re

LONGEST = 2000
READING = ("SELECT", "SHOW", "TABLE", "VALUES", "WITH")
_FIRST_WORD = re.compile(r"\s*\(*\s*([A-Za-z]+)\b")
_FILE = re.compile(r"\b(outfile|dumpfile)\b", re.IGNORECASE)
_HINT = re.compile(r"/\*\+.*?\b(max_execution_time|set_var)\b", re.IGNORECASE | re.DOTALL)
"""A hint to the optimizer of MySQL that takes the limit of time from a statement."""
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")


def checked(query: str) -> str:
    """Return the query without the semicolon at its end, or raise `ValueError` for the user."""
    text = query.strip().removesuffix(";").rstrip()
    if "\0" in text:
        raise ValueError("NUL characters are not accepted.")
    first = _FIRST_WORD.match(text)
    if not first or first[1].upper() not in READING:
        raise ValueError(f"The query must begin with {', '.join(READING[:-1])} or {READING[-1]}.")
    if ";" in _QUOTED.sub("", text):
        raise ValueError("The query must be a single statement.")
    if file := _FILE.search(text):
        raise ValueError(f"The query must not write a file: remove {file[1].upper()}.")
    if hint := _HINT.search(text):
        raise ValueError(f"The query must not change its limit of time: remove {hint[1].upper()}.")
    return text
