"""The scheme `azure`: an application of Microsoft Entra ID.

It authenticates with its secret, its certificate, or a token of an issuer that it trusts. Managed
identities are not supported: the metadata service would issue the identity of our own host to every
tenant, and the egress guard blocks it.
"""

from base64 import urlsafe_b64encode
from functools import partial

from cryptography.hazmat.primitives.hashes import SHA256

from probes.auth.assertions import signed
from probes.auth.azure_settings import AzureSettings, is_over
from probes.auth.base import AuthorizationError, Credential, Exchange, Send, settings_of
from probes.auth.client_certificate import MOST_CERTIFICATES
from probes.auth.oauth2.scheme import WHO, Fetched, token_of, token_request_to, with_token
from probes.auth.side_requests import asked, json_of
from probes.exchange import Request
from security.private_keys import certificate_files

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, AzureSettings)
    return (yield from with_token(credential, request, send, partial(_fetched, settings, request)))


def _fetched(settings: AzureSettings, request: Request) -> Fetched:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "scope": settings.scope,
        **_proof(settings),
    }
    answer = yield from asked(token_request_to(request, settings.token_url, form), WHO)
    return token_of(json_of(answer, WHO))


def _proof(settings: AzureSettings) -> dict[str, str]:
    if settings.client_secret:
        return {"client_secret": settings.client_secret.get_secret_value()}
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": _assertion(settings)}


def _assertion(settings: AzureSettings) -> str:
    if settings.client_assertion:
        if is_over(settings.client_assertion):
            raise AuthorizationError("The federated token has expired. Give a new one.")
        return settings.client_assertion.get_secret_value()
    if settings.private_key is None:
        raise TypeError("The client has no secret, certificate or assertion.")
    if settings.certificate is None:
        claims = {
            "iss": settings.issuer,
            "sub": settings.subject,
            "aud": settings.federated_audience,
        }
        return signed(claims, settings.private_key, headers={"kid": settings.key_id or ""})
    chain = certificate_files.load(settings.certificate, most=MOST_CERTIFICATES)
    print_ = chain[0].fingerprint(SHA256())
    headers = {"x5t#S256": urlsafe_b64encode(print_).rstrip(b"=").decode()}
    claims = {"iss": settings.client_id, "sub": settings.client_id, "aud": settings.token_url}
    return signed(claims, settings.private_key, headers=headers)
