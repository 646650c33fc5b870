"""Requests that a scheme makes beside that to the site: for tokens, to log in. Nothing they answer is believed.

They take the same way as the request to the site: its proxy, its authorities, its version of IP. Its
headers, its cookies and its client certificate stay behind.
"""

import json
import re
from collections.abc import Generator
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import AfterValidator

from probes.auth.base import AuthorizationError
from probes.auth.fields import ENDPOINT
from probes.exchange import Request, Response
from probes.urls import parse_url, validate_url
from security.egress.guard import OPERATORS_CHOICE, judge_url_host

LARGEST_ANSWER = 64 * 1024
_SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")


def _endpoint(text: str) -> str:
    url = validate_url(text)
    # What is refused under every policy, such as the metadata services of clouds, is told at once.
    judge_url_host(OPERATORS_CHOICE, parse_url(url).host)
    return url


Endpoint = Annotated[str, AfterValidator(_endpoint), ENDPOINT]
"""Where a secret is sent to."""


def refuse_plaintext(url: str, *, allowed: bool) -> None:
    """Raise `ValueError` if secrets would be sent where anybody can read them."""
    if parse_url(url).scheme == "http" and not allowed:
        raise ValueError(
            "Secrets are not sent over plain http: name an https address, or set allow_plaintext."
        )


def beside(request: Request, url: str) -> Request:
    """Begin a request to another place by the same way."""
    return Request(
        url=parse_url(url),
        proxy=request.proxy,
        authorities=request.authorities,
        ip_version=request.ip_version,
        keep_body=True,
    )


def posting(request: Request, content_type: str, body: str) -> Request:
    headers = (*request.headers, ("Content-Type", content_type))
    return replace(request, method="POST", headers=headers, body=body.encode())


def asked(request: Request, who: str) -> Generator[Request, Response, Response]:
    """Return the answer to a request; raises `AuthorizationError` if there is none. `who` is whom it went to."""
    response = yield request
    if failure := response.failure:
        raise AuthorizationError(f"{who} gave no answer. {failure.detail}", failure)
    return response


def json_of(response: Response, who: str) -> dict[str, Any]:
    """Return what a good answer says; raises `AuthorizationError` that quotes nothing of it but an error code."""
    if len(response.body) > LARGEST_ANSWER or response.truncated:
        raise AuthorizationError(f"{who} answered with more than {LARGEST_ANSWER // 1024} KiB.")
    said = _parsed(response.body)
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        raise AuthorizationError(f"{who} answered {_error(response.status, said)}.")
    if not isinstance(said, dict):
        raise AuthorizationError(f"{who} answered something else than a JSON object.")
    return said


def sendable(token: object, who: str) -> str:
    """Return a token that a header can hold; raises `AuthorizationError`."""
    if not isinstance(token, str) or not token:
        raise AuthorizationError(f"{who} answered without a token.")
    if not _SENDABLE.fullmatch(token):
        raise AuthorizationError(f"{who} answered with a token that no header can hold.")
    return token


def phrase(status: int) -> str:
    """Return the number with the standard words: those of the server may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _error(status: int, said: object) -> str:
    code = said.get("error") if isinstance(said, dict) else None
    if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", code):
        return f"{status} {code}"
    return phrase(status)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
