"""The settings of the kind `http`, and their limits."""

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from probes.assertions.settings import Assertions
from probes.base import Example, KindSettings
from probes.http_headers import LONGEST_VALUE, MOST, checked_headers

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LARGEST_BODY = 64 * 1024
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_RANGE = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


class RequestSettings(KindSettings):
    """One HTTP request, and the expected answer."""

    method: Method = "GET"
    headers: dict[str, str] = Field(
        default_factory=dict,
        description=(
            f"The request headers: at most {MOST}, each value at most {LONGEST_VALUE}"
            " bytes. Secrets do not belong here."
        ),
    )
    body: str | None = Field(
        default=None, description="The request body, sent as UTF-8; at most 64 KiB."
    )
    expected_status: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] = Field(
        default=("200-299",),
        description=(
            "The statuses that count as up: single ones such as 301, or ranges such as 200-299."
        ),
    )
    keyword: str | None = Field(default=None, min_length=1, max_length=1000)
    keyword_mode: Literal["present", "absent"] = "present"
    follow_redirects: StrictBool = True
    max_redirects: StrictInt = Field(default=5, ge=0, le=10)
    assertions: Assertions = ()

    @property
    def needs_body(self) -> bool:
        """Whether the verdict depends on the body of the answer."""
        return self.keyword is not None or any(each.needs_body for each in self.assertions)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        return checked_headers(headers)

    @field_validator("body")
    @classmethod
    def _check_body(cls, body: str | None) -> str | None:
        if body is not None and len(body.encode()) > LARGEST_BODY:
            raise ValueError("The body may have at most 64 KiB.")
        return body

    @field_validator("body", "keyword")
    @classmethod
    def _refuse_nul(cls, text: str | None) -> str | None:
        if text and "\0" in text:
            raise ValueError("NUL characters are not accepted.")
        return text

    @field_validator("expected_status", mode="before")
    @classmethod
    def _accept_numbers(cls, statuses: object) -> object:
        if not isinstance(statuses, list | tuple):
            return statuses
        return [str(each) if type(each) is int else each for each in statuses]

    @field_validator("expected_status")
    @classmethod
    def _check_statuses(cls, statuses: Sequence[str]) -> Sequence[str]:
        for text in statuses:
            match = _RANGE.fullmatch(text)
            if not match or int(match[2] or match[1]) < int(match[1]):
                raise ValueError(
                    "A status must be a number such as 301 or a range such as 200-299."
                )
        return statuses

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.body is not None and self.method not in _WITH_BODY:
            raise ValueError(f"A {self.method} request has no body.")
        if self.keyword is not None and self.method == "HEAD":
            raise ValueError("The answer to a HEAD request has no body to search.")
        if self.method == "HEAD" and any(each.needs_body for each in self.assertions):
            raise ValueError("The answer to a HEAD request has no body for assertions.")
        return self


class ConnectionSettings(KindSettings):
    """How to connect to a web server, and when to send credentials."""

    verify_tls: StrictBool = True
    http_version: Literal["", "1.1", "2", "3"] = Field(
        default="",
        description="The only HTTP version to use. If empty, the best of 2 and 1.1 is used.",
    )
    ip_version: Literal["", "4", "6"] = Field(
        default="",
        description=(
            "The only IP version to connect with. If empty, any available version is used."
        ),
    )
    allow_plaintext_credentials: StrictBool = Field(
        default=False,
        description=(
            "Whether to send credentials over http as well,"
            " where anyone on the network path can read them."
        ),
    )


class HttpSettings(ConnectionSettings, RequestSettings):
    """The HTTP request, the expected answer, and the connection."""

    example: ClassVar[Example] = Example(
        "https://shop.example.com/",
        {
            "expected_status": ["200-299"],
            "keyword": "Add to cart",
            "headers": {"Accept": "text/html"},
        },
    )
