"""What an assertion is: fields that a user sets, and a sentence when the answer does not meet them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from probes.assertions.budget import Budget
from probes.assertions.reading import NotJsonError, read_json
from probes.exchange import Response
from probes.response_text import charset_text

MOST_REGEX_CHARACTERS = 256 * 1024


@dataclass(frozen=True)
class ProbedResponse:
    """The last response of a check, what was found out on the way to it, and how much of it may be searched."""

    response: Response
    url: str
    took_ms: int
    budget: Budget

    @cached_property
    def text(self) -> str:
        return charset_text(self.response.body, self.response.content_type)

    @cached_property
    def start(self) -> str:
        """The part of the text in which a regular expression is looked for."""
        return self.text[:MOST_REGEX_CHARACTERS]

    @cached_property
    def _json(self) -> object:
        try:
            return read_json(self.response)
        except NotJsonError as error:
            return error

    @property
    def json(self) -> object:
        """Return what the body says; raises `NotJsonError` with a sentence."""
        if isinstance(self._json, NotJsonError):
            raise self._json
        return self._json

    def header(self, name: str) -> str | None:
        """Return the value of a header, several of that name joined as HTTP says."""
        plain = name.lower()
        values = [value for each, value in self.response.headers if each.lower() == plain]
        return ", ".join(values) if values else None


class Assertion(BaseModel, ABC):
    """One demand. `outcome` says how bad it is when the answer does not meet it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs_body: ClassVar[bool] = False
    needs_headers: ClassVar[bool] = False
    needs_tls: ClassVar[bool] = False

    outcome: Literal["down", "degraded"] = "down"

    @property
    def program(self) -> int:
        """How many instructions its regular expression has, if there is one."""
        return 0

    @property
    def searches(self) -> bool | None:
        """Whether it looks for values all over a document, or for one; None if for none at all."""
        return None

    @abstractmethod
    def failure(self, answer: ProbedResponse) -> str | None:
        """Say what was expected and what was found instead; nothing if the demand is met."""

    @abstractmethod
    def __str__(self) -> str:
        """Say what is demanded, to begin a sentence with: "Header x: expected to contain y"."""
