"""The kind `http`: asks for a web page and judges its status, its words and its speed."""

from probes.base import Target, Timings
from probes.exchange import Conversation, Request, Response
from probes.http_redirect import FOLLOWED, RedirectError, redirected
from probes.http_settings import HttpSettings
from probes.http_verdict import judge, refused_redirect
from probes.urls import parse_url, validate_url

__all__ = ["HttpSettings", "probe", "validate_url"]


def probe(target: Target) -> Conversation:
    """Ask, follow redirects, judge."""
    settings = target.settings
    if not isinstance(settings, HttpSettings):
        raise TypeError("The settings are those of another kind.")
    request = _first_request(target.url, settings)
    spent = Timings()
    hops = 0
    while True:
        response: Response = yield request
        spent = spent.plus(response.timings)
        if not (settings.follow_redirects and _leads_on(response)):
            return judge(response, target, settings, spent)
        hops += 1
        try:
            request = redirected(request, response, hops=hops, most=settings.max_redirects)
        except RedirectError as error:
            return refused_redirect(error, response, spent)


def _first_request(url: str, settings: HttpSettings) -> Request:
    body = None if settings.body is None else settings.body.encode()
    return Request(
        url=parse_url(url),
        method=settings.method,
        headers=tuple(settings.headers.items()),
        body=body,
        verify_tls=settings.verify_tls,
        keep_body=settings.keyword is not None,
    )


def _leads_on(response: Response) -> bool:
    return response.status in FOLLOWED and bool(response.location) and not response.trouble
