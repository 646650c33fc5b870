"""Numbers as Postgres reads them fast: one text for a whole array.

As a list, psycopg2 writes each number by itself and Postgres parses each as an expression of its
own: for the rows of a flush that was most of the statement's cost on both sides.
"""

from collections.abc import Iterable


def array_of(numbers: Iterable[int]) -> str:
    """Return a value for `CAST(:name AS int[])`, or of another kind of number."""
    return f"{{{','.join(map(str, numbers))}}}"
