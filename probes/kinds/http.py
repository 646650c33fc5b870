"""The kind `http`: requests a web page and judges its status, its text and its latency."""

from dataclasses import replace

from domain.expiry import Expiry, earlier
from probes.auth.authorized_request import AuthorizedRequest
from probes.auth.base import AuthorizationError
from probes.auth.cookies import Cookies
from probes.auth.request_bytes import with_header
from probes.base import ProbeResult, Target
from probes.evidence import parsed_head, with_evidence
from probes.exchange import Conversation, Request
from probes.kinds.http_redirect import RedirectError, leads_on, redirected
from probes.kinds.http_settings import HttpSettings
from probes.kinds.http_verdict import judge, not_authorized, refused_redirect
from probes.urls import parse_url, validate_url

__all__ = ["HttpSettings", "probe", "validate_url"]


def probe(target: Target) -> Conversation:
    """Send the request, follow redirects, and judge the answer.

    Cookies of a redirect are kept for the rest of the check, as browsers keep them.
    """
    settings = _settings_of(target)
    request = _first_request(target, settings)
    asking = AuthorizedRequest(
        target.credentials, request.url, plaintext_allowed=settings.allow_plaintext_credentials
    )
    cookies: Cookies | None = None
    hops = 0
    expiry: Expiry | None = None
    while True:
        try:
            response = yield from asking.ask(_with_cookies(request, cookies))
        except AuthorizationError as error:
            return with_evidence(not_authorized(error, asking.spent), None, target)
        if response.expiry:
            expiry = earlier(expiry, response.expiry)
        if not (settings.follow_redirects and leads_on(response)):
            result = judge(
                response,
                target,
                settings,
                asking.spent,
                url=request.url.text,
                authorized=asking.authorized,
            )
            return with_evidence(_with(result, expiry), response, target)
        hops += 1
        cookies = cookies or Cookies()  # Few checks need one.
        cookies.take(request.url, response.headers or parsed_head(response.head))
        try:
            request = redirected(request, response, hops=hops, most=settings.max_redirects)
        except RedirectError as error:
            refused = refused_redirect(error, response, asking.spent)
            return with_evidence(refused, response, target)


def _settings_of(target: Target) -> HttpSettings:
    if not isinstance(target.settings, HttpSettings):
        raise TypeError("The settings belong to another kind.")
    return target.settings


def _with_cookies(request: Request, cookies: Cookies | None) -> Request:
    """Return the request with the cookies that this check was given on its way."""
    value = cookies.added_to(request) if cookies else ""
    return with_header(request, "Cookie", value) if value else request


def _with(result: ProbeResult, expiry: Expiry | None) -> ProbeResult:
    return replace(result, expiry=expiry) if expiry else result


def _first_request(target: Target, settings: HttpSettings) -> Request:
    body = None if settings.body is None else settings.body.encode()
    assertions = settings.assertions
    return Request(
        url=parse_url(target.url),
        method=settings.method,
        headers=tuple(settings.headers.items()),
        body=body,
        verify_tls=settings.verify_tls,
        keep_body=settings.needs_body,
        keep_headers=any(each.needs_headers for each in assertions),
        keep_tls=any(each.needs_tls for each in assertions),
        note_expiry=target.note_expiry,
        keep_evidence=True,
        http_version=settings.http_version,
        ip_version=settings.ip_version,
    )
