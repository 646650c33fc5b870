"""Column types that convert stored codes to domain values."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Integer,
    SmallInteger,
    cast,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, UserDefinedType

from domain.evaluation.outcome import Cause, Outcome

OUTCOME_CODES = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2, Outcome.UNKNOWN: 9}
"""The code of an outcome in the raw rows, one byte each. Never reuse or renumber one."""

_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}


class Byte(UserDefinedType[int]):
    """A number from 0 to 127 in one byte: the Postgres type "char", with its quotes."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return '"char"'

    def bind_expression(self, bindvalue: BindParameter[int]) -> ColumnElement[int]:
        return cast(bindvalue, self)


class OutcomeCode(TypeDecorator[Outcome]):
    """An outcome in one byte."""

    impl = Byte
    cache_ok = True

    def process_bind_param(self, value: Outcome | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else OUTCOME_CODES[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> Outcome | None:  # noqa: ARG002
        return None if value is None else _OUTCOMES[value]

    def column_expression(self, column: ColumnElement[Outcome]) -> ColumnElement[Outcome]:
        return type_coerce(cast(column, Integer), self)


class _Cause(TypeDecorator[Cause]):
    impl: Any
    cache_ok = True

    def process_bind_param(self, value: Cause | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Cause | None:  # noqa: ARG002
        return None if value is None else Cause(value)


class CauseCode(_Cause):
    """A cause in two bytes."""

    impl = SmallInteger
    cache_ok = True


class CauseByte(_Cause):
    """A cause in one byte, for tables with one row per check."""

    impl = Byte
    cache_ok = True

    def column_expression(self, column: ColumnElement[Cause]) -> ColumnElement[Cause]:
        return type_coerce(cast(column, Integer), self)
