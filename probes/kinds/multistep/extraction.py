"""Extractions: how a value for later steps is read from the answer to a step.

They spend from the budget that the assertions of the step spend from.
"""

import math
from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from domain.multistep.placeholders import Value, text_of
from probes.assertions import paths
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import BudgetError
from probes.assertions.paths import JsonPath
from probes.assertions.patterns import LONGEST_CAPTURE, Pattern, captured, compiled, program_size
from probes.assertions.reading import LARGEST_SEARCHED, NotJsonError
from probes.auth.cookies import Cookies
from probes.masking import is_secret_name

LARGEST_VALUE = 8192
"""The most bytes of a value, as UTF-8."""
_ONCE_MORE = 2
"""The group of a match is captured in a second pass, which costs as much again."""

ValueName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,49}$")]


class NoValueError(ValueError):
    """The answer has no such value. The text is the end of a sentence, and quotes no answer."""


class Extraction(BaseModel, ABC):
    """The value `name`, which later steps insert with `{{name}}`.

    A secret value is masked in the report and in evidence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs_body: ClassVar[bool] = False
    needs_headers: ClassVar[bool] = False

    name: ValueName
    secret: StrictBool = Field(
        default=False,
        description=(
            "Whether to mask the value. A value whose name or source suggests a secret, such as"
            " `token`, and each value of a cookie are always masked."
        ),
    )

    @property
    def is_secret(self) -> bool:
        return self.secret or is_secret_name(self.name) or is_secret_name(self.source)

    @property
    @abstractmethod
    def source(self) -> str:
        """The path, header, cookie or pattern that leads to the value."""

    @property
    def program(self) -> int:
        """The number of instructions of its regular expression, if there is one."""
        return 0

    @property
    def searches(self) -> bool | None:
        """Whether its JSON path searches a document; None without a path."""
        return None

    def value(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        """Return the value, or raise `NoValueError`. `cookies` are those of the check so far.

        An empty value counts as missing: it could turn the URL of an item into that of the list.
        """
        found = self._found(answer, cookies)
        try:
            size = len(text_of(found).encode())
        except UnicodeEncodeError as error:
            raise NoValueError("is not valid text") from error
        if size > LARGEST_VALUE:
            raise NoValueError(f"is larger than {LARGEST_VALUE // 1024} KiB")
        if not size:
            raise NoValueError("is empty")
        return found

    @abstractmethod
    def _found(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        """Return the value, or raise `NoValueError`."""


class JsonPathExtraction(Extraction):
    """The first value at a JSON path: a text, a number or a boolean."""

    type: Literal["json_path"]
    path: JsonPath

    needs_body: ClassVar[bool] = True

    @property
    def source(self) -> str:
        return self.path

    @property
    def searches(self) -> bool:
        return paths.compiled(self.path).searches

    def _found(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        del cookies
        meter = answer.budget.meter(searches=self.searches)
        if self.searches and len(answer.response.body) > LARGEST_SEARCHED:
            raise NoValueError("was looked for in too large an answer")
        try:
            found = paths.find(self.path, answer.json, meter)
        except NotJsonError as error:
            raise NoValueError(
                "was not found: the answer is not JSON of at most 256 KiB"
            ) from error
        except BudgetError as error:
            raise NoValueError("was looked for among too many values") from error
        if not found or found[0] is None:
            raise NoValueError("was not found at its JSON path")
        return _scalar(found[0])


class HeaderExtraction(Extraction):
    """A header of the last answer. Several headers of one name count as one, joined by commas."""

    type: Literal["header"]
    header: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

    needs_headers: ClassVar[bool] = True

    @property
    def source(self) -> str:
        return self.header

    def _found(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        del cookies
        found = answer.header(self.header)
        if found is None:
            raise NoValueError("was not found: there is no such header")
        return found


class CookieExtraction(Extraction):
    """A cookie that this step or an earlier one set."""

    type: Literal["cookie"]
    cookie: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

    @property
    def source(self) -> str:
        return f"cookie {self.cookie}"

    def _found(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        del answer
        found = cookies.value(self.cookie)
        if found is None:
            raise NoValueError("was not found: there is no such cookie")
        return found


class RegexExtraction(Extraction):
    """The group of the first match of a regular expression, or the whole match without a group."""

    type: Literal["regex"]
    pattern: Pattern

    needs_body: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        if compiled(self.pattern, captures=True).groups > 1:
            raise ValueError("A regular expression may capture one group. Write others as (?:…).")
        return self

    @property
    def source(self) -> str:
        return self.pattern

    @property
    def program(self) -> int:
        return _ONCE_MORE * program_size(compiled(self.pattern))

    def _found(self, answer: ProbedResponse, cookies: Cookies) -> Value:
        del cookies
        match = captured(self.pattern, answer.start, answer.budget)
        if match is None:
            raise NoValueError("was not found: the regular expression does not match")
        if len(match[0]) > LONGEST_CAPTURE:
            raise NoValueError(f"has a match of more than {LONGEST_CAPTURE:,} characters")
        return match[match.re.groups] or ""


AnyExtraction = Annotated[
    JsonPathExtraction | HeaderExtraction | CookieExtraction | RegexExtraction,
    Field(discriminator="type"),
]


def _scalar(found: object) -> Value:
    if isinstance(found, str | bool | int):
        return found
    if isinstance(found, float) and math.isfinite(found):
        return found
    raise NoValueError("is no single value")
