"""The request after a redirect, by the rules of RFC 9110 §15.4 and some caution.

Headers and a body that a user set for one site are not sent to another, which may belong to
somebody else.
"""

from dataclasses import replace
from http import HTTPStatus

from probes.exchange import Request, Response
from probes.urls import (
    LONGEST_REDIRECT,
    UrlError,
    UrlSchemeError,
    UrlTooLongError,
    parse_url,
)

FOLLOWED = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
_POST_BECOMES_GET = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND})


class RedirectError(Exception):
    """The redirect is not followed; the text is the reason, and quotes nothing of the server."""


def leads_on(response: Response) -> bool:
    """Return whether the answer is a redirect that can be followed."""
    return response.status in FOLLOWED and bool(response.location) and not response.failure


def redirected(request: Request, response: Response, *, hops: int, most: int) -> Request:
    """Return the request for the target of a redirect, or raise `RedirectError`."""
    if hops > most:
        raise RedirectError(f"Redirected more than {most} times.")
    try:
        url = parse_url(response.location, LONGEST_REDIRECT)
    except UrlError as error:
        raise RedirectError(_what_is_wrong(error)) from error
    turned = replace(_with_new_method(request, response.status), url=url)
    if url.origin == request.url.origin:
        return turned
    if turned.body is not None:
        raise RedirectError("Redirected to another site, where the request body is not sent.")
    return replace(turned, headers=())


def _what_is_wrong(error: UrlError) -> str:
    if isinstance(error, UrlTooLongError):
        return f"Redirected to an address of more than {LONGEST_REDIRECT:,} characters."
    if isinstance(error, UrlSchemeError):
        return "Redirected to an address that is neither http nor https."
    return "Redirected to an address that is not a valid URL."


def _with_new_method(request: Request, status: int) -> Request:
    turns = (status == HTTPStatus.SEE_OTHER and request.method != "HEAD") or (
        status in _POST_BECOMES_GET and request.method == "POST"
    )
    if not turns:
        return request
    kept = tuple(each for each in request.headers if not each[0].lower().startswith("content-"))
    return replace(request, method="GET", body=None, headers=kept)
