"""One request to a provider over HTTP, and what is made of its answer.

Only what the caller knows to be final is final; everything else is tried again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import structlog
from pydantic import SecretStr

from notifiers.base import NotifierError, Receipt
from notifiers.fields import judge_url
from notifiers.one_line import one_line
from security.egress.guard import EgressError, EgressPolicy, ResponseTooLarge, guarded_session

log = structlog.get_logger(__name__)

SECONDS = 20.0
LONGEST_ANSWER = 200
ACCEPTED = range(200, 300)
_SECONDS_ASKED = re.compile(r"[0-9]{1,6}")
_FURTHEST = 20
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """What a provider said; the body is empty if it was too large to be read."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        return self.status in ACCEPTED

    @property
    def is_page(self) -> bool:
        """Whether it is for people: a login or a proxy in between has answered, and no provider."""
        kind = self.headers.get("Content-Type", "")
        return kind.lower().startswith("text/html") or self.body.lstrip().startswith(b"<")

    @property
    def phrase(self) -> str:
        """The status with its usual name, such as `202 Accepted`."""
        known = {each.value: each.phrase for each in HTTPStatus}
        return f"{self.status} {known.get(self.status, '')}".rstrip()

    @property
    def beginning(self) -> str:
        """The beginning of the body on one line; nothing of a page that is made for people."""
        if self.is_page:
            return "an HTML page" if self.body else ""
        return one_line(self.body[: 4 * LONGEST_ANSWER].decode(errors="replace"))

    @property
    def object(self) -> dict[str, Any]:
        """The body as a JSON object, empty if it is none; pages of proxies in between are none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def retry_after(self) -> float:
        """The wait in seconds that is asked for by `Retry-After`, a number or a date."""
        asked = self.headers.get("Retry-After", "")
        if _SECONDS_ASKED.fullmatch(asked) and asked.isascii():
            return float(asked)
        try:
            until = parsedate_to_datetime(asked)
        except (ValueError, OverflowError):
            return 0.0
        if until.tzinfo is None:
            return 0.0
        return max(0.0, (until - datetime.now(UTC)).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who is asked, by a name that begins a sentence, and where the policy lets us connect to."""

    name: str
    policy: EgressPolicy
    seconds: float = SECONDS

    def post_to(self, url: SecretStr, **what: Any) -> ProviderResponse:  # noqa: ANN401 - the arguments are those of requests
        """Send to where a user says, once the policy has been asked about the name, too."""
        try:
            judge_url(url, self.policy)
        except ValueError as error:
            raise NotifierError(f"This service may not send there. {error}") from None
        return self.post(url.get_secret_value(), **what)

    def post(self, url: str, **what: Any) -> ProviderResponse:  # noqa: ANN401 - the arguments are those of requests
        """Send a request; raises a temporary `NotifierError` if there is no whole answer in time."""
        return self.request("POST", url, **what)

    def request(self, method: str, url: str, **what: Any) -> ProviderResponse:  # noqa: ANN401 - see above
        with self._failure(), guarded_session(self.policy, seconds=self.seconds) as session:
            try:
                response = session.request(method, url, **what)
            except ResponseTooLarge as error:
                # What it has decided came before the body.
                if error.response is None:
                    raise
                return ProviderResponse(error.response.status_code, error.response.headers)
            return ProviderResponse(response.status_code, response.headers, response.content)

    def accepted(self, answer: ProviderResponse, reference: str | None = None) -> Receipt:
        """Keep what it answered to a message that it accepted."""
        return Receipt(_with_words(str(answer.phrase), answer.beginning), reference)

    def refused(
        self,
        answer: ProviderResponse,
        said: object = "",
        *,
        permanent: bool = False,
        gone: bool = False,
    ) -> NotifierError:
        """Say what it answered: with its own words if it gave any, or the beginning of the body."""
        words = one_line(str(said)) if said else answer.beginning
        text = _with_words(f"{self.name} answered {answer.status}", words)
        return NotifierError(
            text,
            permanent=permanent,
            channel_gone=gone,
            retry_after=answer.retry_after,
        )

    @contextmanager
    def _failure(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # what requests raises is one of these
            # Only the class: the text holds the URL, and that may hold a secret.
            log.warning("provider_failed", provider=self.name, error=type(error).__name__)
            if _is_denied(error):
                raise NotifierError("This service may not connect to that host.") from None
            raise NotifierError(f"{self.name} sent an invalid answer.") from None


def _with_words(text: str, words: str) -> str:
    return f"{text}{f': {words}' if words else '.'}"[:LONGEST_ANSWER]


def wait_of(value: object) -> float:
    """Read a wait in seconds out of an answer; what is none, or longer than a day, is no wait."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= _DAY else 0.0


def _is_denied(error: BaseException | None) -> bool:
    """Look whether the guard is at the bottom of what requests made of it."""
    for _ in range(_FURTHEST):
        if error is None or isinstance(error, EgressError):
            break
        error = error.__cause__ or error.__context__
    return isinstance(error, EgressError)
