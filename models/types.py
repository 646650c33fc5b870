"""Column types that narrow what is stored to what the domain knows."""

from sqlalchemy import Dialect, SmallInteger
from sqlalchemy.types import TypeDecorator

from domain.outcome import Cause, Outcome

OUTCOME_CODES = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2, Outcome.UNKNOWN: 9}
"""How an outcome is stored in the raw rows, two bytes each. Never reuse or renumber one."""

_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}


class OutcomeCode(TypeDecorator[Outcome]):
    """An outcome in two bytes."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Outcome | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else OUTCOME_CODES[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> Outcome | None:  # noqa: ARG002
        return None if value is None else _OUTCOMES[value]


class CauseCode(TypeDecorator[Cause]):
    """A cause in two bytes."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Cause | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Cause | None:  # noqa: ARG002
        return None if value is None else Cause(value)
