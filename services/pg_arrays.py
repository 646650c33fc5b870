"""Arrays of numbers in the form that Postgres parses fastest: one text per array.

In a list, psycopg2 formats each number by itself and Postgres parses each as an expression. For the
rows of a flush, that was most of the statement's cost on both sides. To read thousands of rows, one
array for each column is as much cheaper.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Integer, Text, any_, cast, literal
from sqlalchemy.dialects.postgresql import ARRAY


def array_of(numbers: Iterable[int]) -> str:
    """Return a value for `CAST(:name AS int[])`, or for another type of number."""
    return f"{{{','.join(map(str, numbers))}}}"


def any_of(column: ColumnElement[int], numbers: Iterable[int]) -> ColumnElement[bool]:
    """Return whether the column is one of thousands of numbers."""
    return column == any_(cast(literal(array_of(numbers), Text), ARRAY(Integer)))


def numbers_of(array: str | None) -> list[int]:
    """Return the numbers of an array that was selected as text; null stands for an empty one."""
    return [int(number) for number in (array or "{}")[1:-1].split(",") if number]
