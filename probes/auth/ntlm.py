"""The scheme `ntlm`: two messages and a challenge on one HTTP/1.1 connection (MS-NLMP, MS-NTHT).

pyspnego makes the messages, and libcurl, which has dropped NTLM, carries them. NTLM authorizes the
connection, so the connection is kept for this conversation only.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import replace
from http import HTTPStatus

import spnego
from pydantic import Field
from spnego import ContextProxy, NegotiateOptions

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    settings_of,
)
from probes.auth.fields import Secret, Text
from probes.auth.request_bytes import with_header
from probes.auth.wrong_secrets import WrongSecretError, forget_refusals, note_refusal, rests_at
from probes.exchange import Request, Response

_LONGEST_CHALLENGE = 8192


class NtlmSettings(SchemeSettings):
    username: Text = Field(description="The user name without the domain.")
    password: Secret
    domain: Text | None = None


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    context = _context(settings_of(credential, NtlmSettings), request.url.host)
    request = replace(request, http_version="1.1", connection=object(), keep_headers=True)
    # Only the last message has the body: the answer to the first one is 401.
    opening = _with(replace(request, body=b"" if request.body else request.body), context, None)
    response = yield from send(opening)
    if response.failure or response.status != HTTPStatus.UNAUTHORIZED:
        return response
    challenge, site = _challenge(response), request.url.origin_text
    # The challenge is an answer, too: the check is judged by it, without another attempt.
    if rests_at(credential, site):
        return response
    response = yield from send(_with(request, context, challenge))
    if response.failure:
        return response
    if response.status == HTTPStatus.UNAUTHORIZED:
        refusal = WrongSecretError("The site refused the user or the password.")
        note_refusal(credential, refusal, site=site)
    else:
        forget_refusals(credential, site=site)
    return response


def _context(settings: NtlmSettings, host: str) -> ContextProxy:
    domain = f"{settings.domain}\\" if settings.domain else ""
    return spnego.client(
        f"{domain}{settings.username}",
        settings.password.get_secret_value(),
        hostname=host,
        service="http",
        protocol="ntlm",
        options=NegotiateOptions.use_ntlm,
    )


def _with(request: Request, context: ContextProxy, challenge: bytes | None) -> Request:
    try:
        message = context.step(challenge)
    except Exception as error:
        # pyspnego raises various exceptions for a forged challenge.
        raise AuthorizationError("The site sent a malformed NTLM challenge.") from error
    if message is None:
        raise AuthorizationError("The site sent a malformed NTLM challenge.")
    return with_header(request, "Authorization", f"NTLM {b64encode(message).decode()}")


def _challenge(response: Response) -> bytes:
    offers = [value for name, value in response.headers if name.lower() == "www-authenticate"]
    for offer in offers:
        scheme, _, text = offer.partition(" ")
        if scheme.lower() == "ntlm" and text and len(text) <= _LONGEST_CHALLENGE:
            try:
                return b64decode(text.strip(), validate=True)
            except (Base64Error, ValueError):
                break
    known = any(each.partition(" ")[0].lower() == "ntlm" for each in offers)
    raise AuthorizationError(
        "The site sent a malformed NTLM challenge." if known else "The site does not offer NTLM."
    )
