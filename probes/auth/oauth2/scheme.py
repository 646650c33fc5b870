"""The scheme `oauth2`: a token from an authorization server (RFC 6749, RFC 7523).

A token is kept until shortly before its end. If the site refuses it, it is renewed once.
"""

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from probes.auth.base import AuthorizationError, Credential, Exchange, Send, settings_of
from probes.auth.dpop import binding_of
from probes.auth.oauth2.client import parameters, presenting, signed_with
from probes.auth.oauth2.settings import OAuth2Settings
from probes.auth.request_bytes import with_header
from probes.auth.sessions import LONGEST_SECONDS, Session, lasting, within
from probes.auth.side_requests import asked, beside, json_of, posting, sendable
from probes.exchange import Request, Response
from probes.failures import ours

WHO = "The token endpoint"
FORM = "application/x-www-form-urlencoded"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ROTATED, _BUSY = "refresh_token", "refreshing"

Fetched = Generator[Request, Response, Session[str]]


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, OAuth2Settings)
    fetch = partial(_fetched, credential, settings, request)
    if settings.dpop:
        return (yield from _with_bound_token(credential, settings, request, send, fetch))
    return (yield from with_token(credential, request, send, fetch))


def with_token(
    credential: Credential, request: Request, send: Send, fetch: partial[Fetched]
) -> Exchange:
    """Send a request with a bearer token; `fetch` gets one if none is stored."""

    def ask(token: str) -> Exchange:
        return send(with_header(request, "Authorization", f"Bearer {token}"))

    return (yield from within(credential, fetch, ask))


def _with_bound_token(
    credential: Credential,
    settings: OAuth2Settings,
    request: Request,
    send: Send,
    fetch: partial[Fetched],
) -> Exchange:
    """Send a request with a token that only the holder of a key can use."""
    binding = binding_of(credential, settings.dpop_key)
    request = replace(request, keep_headers=True)

    def ask(token: str) -> Exchange:
        asking = with_header(request, "Authorization", f"DPoP {token}")
        return binding.sent(asking, send, token)

    return (yield from within(credential, fetch, ask))


def _fetched(credential: Credential, settings: OAuth2Settings, request: Request) -> Fetched:
    kind = "DPoP" if settings.dpop else "bearer"
    if settings.grant != "refresh_token":
        return token_of((yield from _asked(credential, settings, request)), kind=kind)
    if credential.memory.get(_BUSY):
        # A server may treat the concurrent use of a refresh token as theft.
        sentence = "Another check is using this refresh token."
        raise AuthorizationError(sentence, ours(sentence))
    credential.memory[_BUSY] = True
    try:
        said = yield from _asked(credential, settings, request)
    finally:
        credential.memory.pop(_BUSY, None)
    if rotated := said.get("refresh_token"):
        credential.memory[_ROTATED] = sendable(rotated, WHO)
    return token_of(said, kind=kind)


def _asked(
    credential: Credential, settings: OAuth2Settings, request: Request
) -> Generator[Request, Response, dict[str, Any]]:
    form = {**settings.extra, **_grant(credential, settings), **parameters(settings)}
    form |= {
        name: value
        for name, value in (
            ("scope", settings.scope),
            ("audience", settings.audience),
            ("resource", settings.resource),
        )
        if value
    }
    token_request = presenting(
        settings, token_request_to(request, settings.token_url, form), request
    )
    if not settings.dpop:
        return json_of((yield from asked(token_request, WHO)), WHO)
    binding = binding_of(credential, settings.dpop_key)
    asking = replace(token_request, keep_headers=True)
    return json_of((yield from binding.sent(asking, partial(asked, who=WHO))), WHO)


def token_request_to(request: Request, url: str, form: dict[str, str]) -> Request:
    asking = posting(beside(request, url), FORM, urlencode(form))
    return replace(asking, headers=(*asking.headers, ("Accept", "application/json")))


def token_of(
    said: dict[str, Any], name: str = "access_token", *, kind: str = "bearer"
) -> Session[str]:
    """Return the token of a token endpoint's answer, or raise `AuthorizationError`."""
    given = said.get("token_type", "Bearer")
    if not isinstance(given, str) or given.lower() != kind.lower():
        raise AuthorizationError(f"{WHO} answered with a token that is not a {kind} token.")
    seconds = said.get("expires_in", LONGEST_SECONDS)
    if isinstance(seconds, str) and seconds.isdecimal() and len(seconds) < 10:  # noqa: PLR2004 - some servers write numbers as text
        seconds = int(seconds)
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return lasting(sendable(said.get(name), WHO), seconds if is_number and seconds > 0 else 0)


def _grant(credential: Credential, settings: OAuth2Settings) -> dict[str, str]:
    match settings.grant:
        case "password" if settings.username and settings.password:
            return {
                "grant_type": "password",
                "username": settings.username,
                "password": settings.password.get_secret_value(),
            }
        case "refresh_token" if settings.refresh_token:
            token = credential.memory.get(_ROTATED) or settings.refresh_token.get_secret_value()
            return {"grant_type": "refresh_token", "refresh_token": token}
        case "jwt_bearer":
            claims = {
                "iss": settings.client_id,
                "sub": settings.subject or settings.client_id,
                "aud": settings.issuer or settings.token_url,
            }
            return {"grant_type": _JWT_BEARER, "assertion": signed_with(settings, claims)}
        case _:
            return {"grant_type": "client_credentials"}
