"""The scheme `negotiate`: a Kerberos ticket in SPNEGO (RFC 4559, RFC 4178, RFC 4120).

Each check fetches a ticket in a process of its own, which libkrb5 needs. The process also verifies
the answer of the site. See docs/development/adr/0011-kerberos-in-a-process.md.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Generator
from dataclasses import replace
from http import HTTPStatus

from probes.auth.base import AuthorizationError, Credential, Exchange, Send, settings_of
from probes.auth.negotiate.helper import Helper, Login
from probes.auth.negotiate.realm import service_principal
from probes.auth.negotiate.settings import NegotiateSettings
from probes.auth.request_bytes import with_header
from probes.auth.wrong_secrets import (
    WrongSecretError,
    forget_refusals,
    note_refusal,
    refuse_while_resting,
)
from probes.exchange import Request, Response
from probes.network.network import AsyncProbe

_MOST_LEGS = 3
_LONGEST_ANSWER = 64 * 1024


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, NegotiateSettings)
    refuse_while_resting(credential)
    helper = Helper(_login(settings, request))
    try:
        yield from _side_task(helper.log_in, settings)
        forget_refusals(credential)
        return (yield from _conversation(helper, settings, request, send))
    finally:
        if helper.wrong_secret:
            note_refusal(credential, _refusal(settings))
        helper.close()


def _conversation(
    helper: Helper, settings: NegotiateSettings, request: Request, send: Send
) -> Exchange:
    # An exchange of several messages authorizes the connection.
    request = replace(request, http_version="1.1", connection=object(), keep_headers=True)
    for _ in range(_MOST_LEGS):
        token = b64encode(helper.token).decode()
        response = yield from send(with_header(request, "Authorization", f"Negotiate {token}"))
        if response.failure:
            return response
        offered, answer = _answer(response)
        if response.status == HTTPStatus.UNAUTHORIZED and not offered:
            raise AuthorizationError("The site does not offer Negotiate.")
        if not answer:
            return response
        helper.answered(answer)
        yield from _side_task(helper.prove, settings)
        if response.status != HTTPStatus.UNAUTHORIZED:
            return _from_itself(response, helper)
        if not (helper.proved and helper.token):
            return response
    return response


def _from_itself(response: Response, helper: Helper) -> Response:
    if helper.proved:
        return response
    raise AuthorizationError("The site could not prove that it is the requested service.")


def _side_task(
    side_task: AsyncProbe, settings: NegotiateSettings
) -> Generator[Request, Response, None]:
    """Run a coroutine beside the engine, or raise `AuthorizationError` with its failure."""
    place = settings.places[0]
    response = yield Request(url=place, method="KERBEROS", side_task=side_task)
    if failure := response.failure:
        raise AuthorizationError(failure.detail, failure)


def _refusal(settings: NegotiateSettings) -> WrongSecretError:
    return WrongSecretError(
        f"The key distribution center refused the password or keytab of {settings.full_name}."
    )


def _login(settings: NegotiateSettings, request: Request) -> Login:
    proof = (
        {"password": settings.password.get_secret_value()}
        if settings.password
        else {"keytab": settings.keytab_text}
    )
    return Login(
        principal=settings.full_name,
        service=service_principal(settings.spn, request.url, settings.realm),
        realm=settings.realm,
        kdcs=settings.places,
        ip_version=request.ip_version,
        proof=proof,
    )


def _answer(response: Response) -> tuple[bool, bytes]:
    """Return whether the site offers Negotiate, and the token that it sent.

    Raise `AuthorizationError` for a malformed token.
    """
    offered, answer = False, b""
    for name, value in response.headers:
        if name.lower() != "www-authenticate":
            continue
        for offer in value.split(","):
            scheme, _, text = offer.strip().partition(" ")
            if scheme.lower() == "negotiate":
                offered, answer = True, answer or _decoded(text.strip())
    return offered, answer


def _decoded(text: str) -> bytes:
    try:
        if len(text) <= _LONGEST_ANSWER:
            return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        pass
    raise AuthorizationError("The site sent a malformed Negotiate answer.")
