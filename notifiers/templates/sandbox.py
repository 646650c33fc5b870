"""The second wall around templates: whatever the language lets through still reaches nothing here.

`notifiers/templates/language.py` refuses it in words before. This holds even if it were wrong.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

from notifiers.templates.filters import FILTERS, Json, lines

_OF_LOOPS = frozenset({"index", "first", "last", "length"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Only fields of mappings can be looked up; nothing is called, computed, loaded or global."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(SandboxedEnvironment.default_unop_table)

    def __init__(self, *, written_as: Callable[[object], str], is_html: bool = False) -> None:
        super().__init__(
            autoescape=is_html,
            finalize=written_as,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.globals.clear()
        self.tests.clear()
        self.filters = dict(FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - the signature is Jinja's
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Undefined:  # noqa: ANN401 - the signature is Jinja's
        return self.unsafe_undefined(obj, str(argument))

    def call(self, context: Context, obj: object, /, *args: object, **options: object) -> NoReturn:
        del context, obj, args, options
        raise SecurityError("Nothing can be called.")

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> NoReturn:
        del context, left, right
        raise SecurityError(f"There is no {operator}.")

    def call_unop(self, context: Context, operator: str, arg: object) -> NoReturn:
        del context, arg
        raise SecurityError(f"There is no {operator}.")


def json_piece(value: object) -> str:
    """Write a value so that it cannot leave its place in JSON: text as what stands between quotes."""
    if isinstance(value, Json):
        return value
    return (
        json.dumps(value, ensure_ascii=False)[1:-1] if isinstance(value, str) else _literal(value)
    )


def _literal(value: object) -> str:
    return "null" if value is None else lines(value)
