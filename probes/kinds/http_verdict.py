"""The outcome, cause and detail of a web server's answer. Pure."""

from http import HTTPStatus

from domain.evaluation.outcome import Cause, Outcome
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.assertions.verdict import failure_of, judged
from probes.auth.base import AuthorizationError
from probes.base import ProbeResult, Target, Timings
from probes.exchange import HEADER_CAP, Response
from probes.kinds.http_settings import RequestSettings

_REFUSALS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "The site refused the credential",
    HTTPStatus.FORBIDDEN: "The site refused the credential",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "The proxy refused the credential",
}

_CERTIFICATE_REFUSALS = (b"The SSL certificate error", b"No required SSL certificate was sent")
"""What nginx writes on the pages of its statuses 495 and 496, which it sends as 400."""


def judge(  # noqa: PLR0913 - `answer` is only given where others spend from its budget
    response: Response,
    target: Target,
    settings: RequestSettings,
    spent: Timings,
    *,
    url: str = "",
    authorized: bool = False,
    answer: ProbedResponse | None = None,
) -> ProbeResult:
    """Return the result of the last response, from `url`, of a check that took `spent` in all.

    `authorized` means that its request carried a credential. `answer` is the response with a budget
    that others spend from, too.
    """
    if answer is None:
        budget = Budget.of(settings.assertions)
        answer = ProbedResponse(response, url, spent.total // 1000, budget)
    outcome, cause, detail = _finding(answer, target, settings)
    if cause is Cause.STATUS and authorized and (refusal := _refusal(response)):
        cause, detail = Cause.AUTHORIZATION, f"{refusal}: {phrase(response.status)}."
    return ProbeResult(
        outcome=outcome, cause=cause, detail=detail, http_status=response.status, timings=spent
    )


def _refusal(response: Response) -> str | None:
    """Return what a status says of the credential. nginx refuses a certificate by 400 and a page."""
    if response.status == HTTPStatus.BAD_REQUEST and any(
        words in response.body for words in _CERTIFICATE_REFUSALS
    ):
        return "The site refused the client certificate"
    return _REFUSALS.get(response.status)


def not_authorized(error: AuthorizationError, spent: Timings) -> ProbeResult:
    """Return the result of a check whose credential could not be used, or got no answer."""
    failure = error.failure
    ours = failure is not None and failure.outcome is Outcome.UNKNOWN
    return ProbeResult(
        outcome=Outcome.UNKNOWN if ours else Outcome.DOWN,
        cause=failure.cause if ours and failure else Cause.AUTHORIZATION,
        detail=str(error)[:300],
        timings=spent,
    )


def refused_redirect(error: Exception, response: Response, spent: Timings) -> ProbeResult:
    return ProbeResult(
        outcome=Outcome.DOWN,
        cause=Cause.REDIRECT,
        detail=str(error),
        http_status=response.status,
        timings=spent,
    )


_Finding = tuple[Outcome, Cause, str]


def _finding(answer: ProbedResponse, target: Target, settings: RequestSettings) -> _Finding:
    response = answer.response
    if response.header_bytes > HEADER_CAP:
        return Outcome.DOWN, Cause.PROTOCOL, "The response headers are larger than 64 KiB."
    if broken := response.failure:
        return broken.outcome, broken.cause, broken.detail
    if not status_expected(response.status, settings.expected_status):
        expected = " or ".join(settings.expected_status)
        detail = f"Answered {phrase(response.status)}, expected {expected}."
        return Outcome.DOWN, Cause.STATUS, detail[:300]
    if failure := _content_failure(answer, settings):
        return failure
    limit = target.latency_threshold_ms
    if limit is not None and answer.took_ms > limit:
        detail = f"The answer took {answer.took_ms:,} ms, more than {limit:,} ms."
        return Outcome.DEGRADED, Cause.SLOW, detail
    return Outcome.UP, Cause.NONE, ""


def _content_failure(answer: ProbedResponse, settings: RequestSettings) -> _Finding | None:
    if answer.response.undecoded and settings.needs_body:
        return Outcome.DOWN, Cause.PROTOCOL, "The text cannot be read: unknown Content-Encoding."
    if failure := _keyword_failure(answer, settings):
        return failure
    unmet = failure_of(judged(settings.assertions, answer))
    return (unmet.outcome, unmet.cause, unmet.detail) if unmet else None


def status_expected(status: int, expected: tuple[str, ...]) -> bool:
    for text in expected:
        first, _, last = text.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


def phrase(status: int) -> str:
    """Return the status with its standard phrase, because the server's phrase is arbitrary."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _keyword_failure(answer: ProbedResponse, settings: RequestSettings) -> _Finding | None:
    if settings.keyword is None:
        return None
    found = settings.keyword in answer.text
    if found and settings.keyword_mode == "absent":
        return Outcome.DOWN, Cause.KEYWORD_PRESENT, "The answer contains the keyword."
    if not found and settings.keyword_mode == "present":
        where = "The first 1 MiB of the answer" if answer.response.truncated else "The answer"
        return Outcome.DOWN, Cause.KEYWORD_MISSING, f"{where} does not contain the keyword."
    return None
