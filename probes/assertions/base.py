"""The interface of an assertion: fields that a user sets, and a sentence if it fails."""

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
    """The last response of a check, with its URL, duration and search budget."""

    response: Response
    url: str
    took_ms: int
    budget: Budget

    @cached_property
    def text(self) -> str:
        return charset_text(self.response.body, self.response.content_type)

    @cached_property
    def start(self) -> str:
        """The part of the text that regular expressions search."""
        return self.text[:MOST_REGEX_CHARACTERS]

    @cached_property
    def _json(self) -> object:
        try:
            return read_json(self.response)
        except NotJsonError as error:
            return error

    @property
    def json(self) -> object:
        """The parsed body; raises `NotJsonError` with a sentence."""
        if isinstance(self._json, NotJsonError):
            raise self._json
        return self._json

    def header(self, name: str) -> str | None:
        """Return the value of a header; several of that name are joined as in HTTP."""
        plain = name.lower()
        values = [value for each, value in self.response.headers if each.lower() == plain]
        return ", ".join(values) if values else None


class Assertion(BaseModel, ABC):
    """One assertion. `outcome` is the outcome of the check if it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs_body: ClassVar[bool] = False
    needs_headers: ClassVar[bool] = False
    needs_tls: ClassVar[bool] = False

    outcome: Literal["down", "degraded"] = "down"

    @property
    def program(self) -> int:
        """The number of instructions of its regular expression, if there is one."""
        return 0

    @property
    def searches(self) -> bool | None:
        """Whether its JSON path searches a document or leads to one value; None without a path."""
        return None

    @abstractmethod
    def failure(self, answer: ProbedResponse) -> str | None:
        """Return a sentence with what was expected and found, or None if the assertion holds."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the beginning of a sentence, such as "Header x: expected to contain y"."""
