"""Arrays of numbers in the form that Postgres parses fastest: one text per array.

In a list, psycopg2 formats each number by itself and Postgres parses each as an expression. For the
rows of a flush, that was most of the statement's cost on both sides.
"""

from collections.abc import Iterable


def array_of(numbers: Iterable[int]) -> str:
    """Return a value for `CAST(:name AS int[])`, or for another type of number."""
    return f"{{{','.join(map(str, numbers))}}}"
