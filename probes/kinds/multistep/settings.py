"""The settings of the kind `multistep`, and their limits."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from domain.multistep.placeholders import names_in, number_in
from probes.assertions.patterns import LARGEST_PROGRAM
from probes.assertions.settings import MOST_SEARCHES
from probes.base import Example
from probes.kinds.http_settings import LARGEST_BODY, ConnectionSettings, RequestSettings
from probes.kinds.multistep import templates
from probes.kinds.multistep.extraction import AnyExtraction
from probes.urls import LONGEST

MOST_STEPS = 10
MOST_EXTRACTIONS = 10
"""The most extractions of one step."""
MOST_RULES = 100
"""The most assertions and extractions of all steps: compiling one takes up to a millisecond."""
UUID = "uuid"
"""A random identifier, the same in all steps of one check."""
USERNAME, PASSWORD = "credential.username", "credential.password"
"""The fields of the first credential of the scheme `basic`."""
GIVEN = frozenset({UUID, USERNAME, PASSWORD})
"""The values that no step extracts."""

_MOST_PLACEHOLDERS = 50
"""In one step, so that values of 8 KiB cannot add up to megabytes."""

BodyType = Literal["text", "json", "form", "xml"]


def _plain_name(name: str) -> str:
    if not name.isprintable():
        raise ValueError("Must not contain line breaks or control characters.")
    return name.strip()


class RequestStep(RequestSettings):
    """One request, the expected answer, and the values to carry on from it.

    Placeholders such as `{{token}}` in the URL, the headers and the body stand for values that an
    earlier step extracted.
    """

    name: Annotated[str, Field(max_length=50), AfterValidator(_plain_name)] = ""
    url: str = Field(
        default="",
        json_schema_extra={"maxLength": LONGEST},
        description=(
            "A URL, or a path at the origin of the monitor's URL. If empty, the monitor's URL."
        ),
    )
    body_type: BodyType = Field(
        default="text",
        description=(
            "The format of the body, which decides how values are escaped in it, and the"
            " Content-Type unless a header sets one. A body of type `text` takes no values."
        ),
    )
    extractions: tuple[AnyExtraction, ...] = Field(
        default=(),
        max_length=MOST_EXTRACTIONS,
        description="The values to read from the answer, for later steps.",
    )
    send_credentials: StrictBool = Field(
        default=True,
        description=(
            "Whether to send the credentials of the monitor that may go to the origin of this step."
        ),
    )

    @property
    def needs_body(self) -> bool:
        """Whether the verdict or a value depends on the body of the answer."""
        return super().needs_body or any(each.needs_body for each in self.extractions)

    @property
    def title(self) -> str:
        """The name in quotation marks, with a space before it, or nothing."""
        return f" \N{LEFT DOUBLE QUOTATION MARK}{self.name}\N{RIGHT DOUBLE QUOTATION MARK}" * bool(
            self.name
        )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        return templates.checked_url(url)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        return templates.checked_headers(headers)

    @model_validator(mode="after")
    def _check_step(self) -> Self:
        problems = [((field,), text) for field, text in self._problems()]
        if problems:
            raise located(type(self).__name__, problems)
        return self

    def _problems(self) -> Iterator[tuple[str, str]]:
        """Yield the fields that do not go together with others, and what is wrong with them."""
        if self.body is not None and (problem := templates.body_problem(self.body, self.body_type)):
            yield "body", problem
        texts = (self.url, *self.headers.values(), self.body or "")
        if sum(map(number_in, texts)) > _MOST_PLACEHOLDERS:
            yield "body", f"A step may have at most {_MOST_PLACEHOLDERS} placeholders."
        if len({each.name for each in self.extractions}) < len(self.extractions):
            yield "extractions", "Two extractions have the same name."
        if any(each.name == UUID for each in self.extractions):
            yield "extractions", f"The name {UUID} is reserved."
        if self.method == "HEAD" and any(each.needs_body for each in self.extractions):
            yield "extractions", "The answer to a HEAD request has no body."
        rules = (*self.assertions, *self.extractions)
        if sum(each.program for each in rules) > LARGEST_PROGRAM:
            yield "extractions", "The regular expressions of a step are too large in total."
        if sum(each.searches is True for each in rules) > MOST_SEARCHES:
            yield (
                "extractions",
                f"At most {MOST_SEARCHES} JSON paths of a step may lead to more than one value.",
            )

    def places(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each field with placeholders, and the names of the values in it."""
        yield "url", names_in(self.url)
        yield "headers", tuple(name for each in self.headers.values() for name in names_in(each))
        yield "body", names_in(self.body or "") if self.body_type != "text" else ()

    @property
    def used(self) -> frozenset[str]:
        """The names of all values that this step inserts."""
        return frozenset(name for _, names in self.places() for name in names)

    @property
    def inserts_credential(self) -> bool:
        """Whether this step inserts a field of a credential."""
        return bool(self.used & {USERNAME, PASSWORD})


class MultistepSettings(ConnectionSettings):
    """Requests that are sent one after the other. The first that fails ends the check."""

    example: ClassVar[Example] = Example(
        "https://shop.example.com",
        {
            "steps": [
                {
                    "name": "log in",
                    "method": "POST",
                    "url": "/login",
                    "body_type": "json",
                    "body": '{"user": "monitor"}',
                    "extractions": [{"type": "json_path", "name": "token", "path": "$.token"}],
                },
                {
                    "name": "read orders",
                    "url": "/orders",
                    "headers": {"Authorization": "Bearer {{token}}"},
                },
            ]
        },
    )

    steps: tuple[RequestStep, ...] = Field(
        default=(RequestStep(),),
        json_schema_extra={"minItems": 1, "maxItems": MOST_STEPS},
        description=f"The steps, at most {MOST_STEPS}. Each counts as one check.",
    )

    @field_validator("steps", mode="before")
    @classmethod
    def _check_numbers(cls, steps: object) -> object:
        if isinstance(steps, list | tuple) and not 1 <= len(steps) <= MOST_STEPS:
            raise ValueError(f"There must be 1 to {MOST_STEPS} steps.")
        if sum(_number_of_rules(each) for each in _listed(steps)) > MOST_RULES:
            raise ValueError(
                f"All steps together may have at most {MOST_RULES} assertions and extractions."
            )
        return steps

    @field_validator("steps")
    @classmethod
    def _check_bodies(cls, steps: tuple[RequestStep, ...]) -> tuple[RequestStep, ...]:
        if sum(len((each.body or "").encode()) for each in steps) > LARGEST_BODY:
            raise ValueError("The bodies of all steps together may have at most 64 KiB.")
        return steps

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        problems = [
            (("steps", index, field), text) for index, field, text in _misplaced(self.steps)
        ]
        if problems:
            raise located(type(self).__name__, problems)
        return self

    @property
    def uses_credential(self) -> bool:
        """Whether a step inserts fields of a credential."""
        return any(each.inserts_credential for each in self.steps)


def _misplaced(steps: Iterable[RequestStep]) -> Iterator[tuple[int, str, str]]:
    """Yield each step and field with a value that it cannot have, and what is wrong with it."""
    known = {UUID}
    for index, step in enumerate(steps):
        for field, names in step.places():
            for name in names:
                if name in {USERNAME, PASSWORD}:
                    if field != "body":
                        yield index, field, f"The value {name} may stand only in a body."
                elif name not in known:
                    yield index, field, f"No earlier step extracts the value {name}."
        known |= {each.name for each in step.extractions}


def located(model: str, problems: Iterable[tuple[tuple[str | int, ...], str]]) -> ValidationError:
    """Return an error with a place and a sentence for each problem."""
    return ValidationError.from_exception_data(
        model,
        [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{problem}", {"problem": text}),
                loc=place,
                input=None,
            )
            for place, text in problems
        ],
    )


def _number_of_rules(step: object) -> int:
    if isinstance(step, RequestStep):
        return len(step.assertions) + len(step.extractions)
    if not isinstance(step, Mapping):
        return 0
    return sum(len(_listed(step.get(name))) for name in ("assertions", "extractions"))


def _listed(value: object) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else ()
