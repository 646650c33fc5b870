"""From what a web server answered to an outcome, a cause and a sentence. Pure."""

import re
from http import HTTPStatus

from domain.outcome import Cause, Outcome
from probes.base import ProbeResult, Target, Timings
from probes.exchange import HEADER_CAP, Response
from probes.http_settings import HttpSettings

# Decoders of other names may be slow or not be text at all, and the server chooses the name.
_CHARSET = re.compile(
    r"charset=[\"']?(utf-?8|utf-?16(?:le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]"
    r"|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5)\b",
    re.IGNORECASE,
)


def judge(
    response: Response, target: Target, settings: HttpSettings, spent: Timings
) -> ProbeResult:
    """Return the verdict on the last response of a check that took `spent` in all."""
    outcome, cause, detail = _finding(response, target, settings, spent)
    return ProbeResult(
        outcome=outcome, cause=cause, detail=detail, http_status=response.status, timings=spent
    )


def refused_redirect(error: Exception, response: Response, spent: Timings) -> ProbeResult:
    return ProbeResult(
        outcome=Outcome.DOWN,
        cause=Cause.REDIRECT,
        detail=str(error),
        http_status=response.status,
        timings=spent,
    )


def _finding(
    response: Response, target: Target, settings: HttpSettings, spent: Timings
) -> tuple[Outcome, Cause, str]:
    if response.header_bytes > HEADER_CAP:
        return Outcome.DOWN, Cause.PROTOCOL, "The response headers are larger than 64 KiB."
    if trouble := response.trouble:
        return trouble.outcome, trouble.cause, trouble.detail
    if not status_expected(response.status, settings.expected_status):
        expected = " or ".join(settings.expected_status)
        detail = f"Answered {phrase(response.status)}, expected {expected}."
        return Outcome.DOWN, Cause.STATUS, detail[:300]
    if settings.keyword is not None and (words := _keyword_trouble(response, settings)):
        return words
    limit = target.latency_threshold_ms
    took = spent.total // 1000
    if limit is not None and took > limit:
        detail = f"The answer took {took:,} ms, more than {limit:,} ms."
        return Outcome.DEGRADED, Cause.SLOW, detail
    return Outcome.UP, Cause.NONE, ""


def status_expected(status: int, expected: tuple[str, ...]) -> bool:
    for text in expected:
        first, _, last = text.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


def phrase(status: int) -> str:
    """Return the number with the standard words: those of the server may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _keyword_trouble(
    response: Response, settings: HttpSettings
) -> tuple[Outcome, Cause, str] | None:
    found = (settings.keyword or "") in _text(response)
    if found and settings.keyword_mode == "absent":
        return Outcome.DOWN, Cause.KEYWORD_PRESENT, "The answer holds the keyword."
    if not found and settings.keyword_mode == "present":
        where = "The first 1 MiB of the answer" if response.truncated else "The answer"
        return Outcome.DOWN, Cause.KEYWORD_MISSING, f"{where} does not hold the keyword."
    return None


def _text(response: Response) -> str:
    match = _CHARSET.search(response.content_type)
    try:
        return response.body.decode(match[1] if match else "utf-8", errors="replace")
    except LookupError:
        return response.body.decode("utf-8", errors="replace")
