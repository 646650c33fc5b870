"""Requests of a scheme beside the one to the site: for tokens and logins.

Their answers are not trusted. They use the same proxy, authorities and IP version as the request to
the site, but not its headers, cookies or client certificate.
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
from probes.auth.wrong_secrets import WrongSecretError
from probes.exchange import Request, Response
from probes.urls import parse_url, validate_url
from security.egress.guard import OPERATORS_CHOICE, judge_url_host

LARGEST_ANSWER = 64 * 1024
_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")


def _endpoint(text: str) -> str:
    url = validate_url(text)
    # A host that every policy blocks, such as the metadata service of a cloud, is refused on write.
    judge_url_host(OPERATORS_CHOICE, parse_url(url).host)
    return url


Endpoint = Annotated[str, AfterValidator(_endpoint), ENDPOINT]
"""The URL of an endpoint that receives a secret."""


def refuse_plaintext(url: str, *, allowed: bool) -> None:
    """Raise `ValueError` if secrets would be sent without encryption."""
    if parse_url(url).scheme == "http" and not allowed:
        raise ValueError(
            "Secrets are not sent over plain http. Give an https address, or set allow_plaintext."
        )


def beside(request: Request, url: str) -> Request:
    """Return a request to another URL over the same path."""
    return Request(
        url=parse_url(url),
        proxy=request.proxy,
        authorities=request.authorities,
        ip_version=request.ip_version,
        keep_body=True,
        step=request.step,
    )


def posting(request: Request, content_type: str, body: str) -> Request:
    headers = (*request.headers, ("Content-Type", content_type))
    return replace(request, method="POST", headers=headers, body=body.encode())


def asked(request: Request, who: str) -> Generator[Request, Response, Response]:
    """Return the response, or raise `AuthorizationError` if there is none.

    `who` names the endpoint in the message.
    """
    response = yield request
    if failure := response.failure:
        raise AuthorizationError(f"{who} did not answer. {failure.detail}", failure)
    return response


def json_of(response: Response, who: str) -> dict[str, Any]:
    """Return the JSON object of a successful response, or raise `AuthorizationError`.

    A response that blames the request is a `WrongSecretError`: what else would be wrong with it.
    The message quotes nothing of the response except an error code.
    """
    if len(response.body) > LARGEST_ANSWER or response.truncated:
        raise AuthorizationError(f"{who} answered with more than {LARGEST_ANSWER // 1024} KiB.")
    said = _parsed(response.body)
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        sort = WrongSecretError if response.status in _REFUSALS else AuthorizationError
        raise sort(f"{who} answered {_error(response.status, said)}.")
    if not isinstance(said, dict):
        raise AuthorizationError(f"{who} did not answer with a JSON object.")
    return said


def sendable(token: object, who: str) -> str:
    """Return a token that fits into a header, or raise `AuthorizationError`."""
    if not isinstance(token, str) or not token:
        raise AuthorizationError(f"{who} answered without a token.")
    if not _SENDABLE.fullmatch(token):
        raise AuthorizationError(f"{who} answered with a token that does not fit into a header.")
    return token


def phrase(status: int) -> str:
    """Return the status with its standard phrase, because the server's phrase is arbitrary."""
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
