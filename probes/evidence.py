"""Evidence: a little text of the answer to a failed check, without secrets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.evaluation.outcome import Outcome
from probes.base import Evidence, ProbeResult, Target
from probes.exchange import EVIDENCE_CAP, HEADER_CAP, Response
from probes.masking import cut_off, masked, masked_headers, secrets_of, without_in_sentence
from probes.response_text import charset_text

_HEADERS_CAP = EVIDENCE_CAP // 2
_LONGEST_VALUE = 200
_MOST_HEADERS = 100
_MOST_LINES = 200
_TEXTUAL = re.compile(r"text/|[/+](?:json|xml)|javascript|x-www-form-urlencoded", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def with_evidence(
    result: ProbeResult, response: Response | None, target: Target, others: Iterable[str] = ()
) -> ProbeResult:
    """Add the evidence to a result that is not up. `response` is the last one, if any.

    `others` are secrets in addition to those of the credentials.
    """
    if result.outcome is Outcome.UP:
        return result
    secrets = secrets_of(target.credentials, others)
    return replace(
        result,
        detail=without_in_sentence(result.detail, secrets),
        evidence=_gathered(response, secrets) if response and response.status else None,
    )


def _gathered(response: Response, secrets: Sequence[str]) -> Evidence:
    headers = _headers(response, secrets)
    room = EVIDENCE_CAP - sum(len(name.encode()) + len(value.encode()) for name, value in headers)
    body, cut = _body(response, secrets, room)
    return Evidence(headers=headers, body=body, truncated=cut)


def _headers(response: Response, secrets: Sequence[str]) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    room = _HEADERS_CAP
    answered = response.headers or parsed_head(response.head)
    for name, value in masked_headers(answered, secrets, most=_MOST_HEADERS):
        plain = _CONTROL.sub(" ", value)
        short = plain if len(plain) <= _LONGEST_VALUE else f"{plain[: _LONGEST_VALUE - 1]}…"
        room -= len(name.encode()) + len(short.encode())
        if room < 0:
            break
        kept.append((name, short))
    return tuple(kept)


def _body(response: Response, secrets: Sequence[str], room: int) -> tuple[str, bool]:
    """Return the beginning of the body that fits, and whether it is cut off."""
    if response.content_type and not _TEXTUAL.search(response.content_type):
        return "", response.body_bytes > 0
    start = response.body[: 2 * EVIDENCE_CAP]
    text = charset_text(start, response.content_type)
    if "\0" in text:
        return "", True
    text = masked(text, secrets)
    goes_on = len(start) < response.body_bytes
    if goes_on:
        text = cut_off(text, secrets)
    text = _CONTROL.sub(" ", text)
    kept = text.encode()[:room].decode(errors="ignore")
    return kept, goes_on or len(kept) < len(text)


def parsed_head(head: bytes) -> list[tuple[str, str]]:
    """Parse the first headers of the last answer from the bytes before the body."""
    headers: list[tuple[str, str]] = []
    last = b"\n" + head[:HEADER_CAP]
    for line in last[last.rfind(b"\nHTTP/") + 1 :].split(b"\n", _MOST_LINES)[:_MOST_LINES]:
        name, colon, value = line.partition(b":")
        if colon and not line.startswith(b"HTTP/"):
            headers.append((name.decode("latin-1"), value.strip(b" \t\r").decode("latin-1")))
    return headers
