"""What credentials contribute to a connection or a request, for kinds that libcurl does not serve."""

from collections.abc import Iterable

from domain.evaluation.outcome import Cause, Outcome
from probes.async_probe import Failed
from probes.auth.base import AuthorizationError, Credential, Exchange
from probes.auth.registry import SCHEMES
from probes.base import Target
from probes.exchange import Request
from probes.failures import Failure, down, not_for_origin
from probes.network.tls_contexts import NO_TLS_CREDENTIALS, TlsCredentials
from probes.urls import origin_of, parse_url

_ANYWHERE = parse_url("https://target.invalid/")
"""A scheme that only shapes the connection does not look at the URL."""


def tls_credentials_of(target: Target) -> TlsCredentials:
    """Return the authorities and the client certificate of a target.

    Raise `Failed` if one of its credentials may not go there, or cannot be used.
    """
    if not target.credentials:
        return NO_TLS_CREDENTIALS
    _refuse_other_origins(target)
    transport = [each for each in target.credentials if SCHEMES[each.scheme].transport]
    request = shaped(Request(url=_ANYWHERE), transport)
    return TlsCredentials(authorities=request.authorities, client=request.client)


def shaped(request: Request, credentials: Iterable[Credential]) -> Request:
    """Return the request with these credentials, whose schemes send nothing else before it.

    Raise `Failed` if one of them cannot be used.
    """
    try:
        for credential in credentials:
            conversation = SCHEMES[credential.scheme].exchange(credential, request, _unsent)
            request = next(conversation)
            conversation.close()
    except AuthorizationError as error:
        raise failed_authorization(error) from error
    return request


def failed_authorization(error: AuthorizationError) -> Failed:
    """Return the failure of a check whose credential could not be used."""
    failure = error.failure
    if failure and failure.outcome is Outcome.UNKNOWN:
        return Failed(Failure(outcome=failure.outcome, cause=failure.cause, detail=str(error)))
    return Failed(down(Cause.AUTHORIZATION, str(error)))


def _refuse_other_origins(target: Target) -> None:
    """Raise `Failed` before anything is sent: the check needs all of its credentials."""
    origin = origin_of(target.url)
    for each in target.credentials:
        if not SCHEMES[each.scheme].everywhere and origin not in each.origins:
            raise Failed(not_for_origin())


def _unsent(request: Request) -> Exchange:
    return (yield request)
