"""Client authentication at an authorization server (RFC 6749 §2.3, RFC 7523, RFC 8705)."""

from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

from probes.auth.assertions import signed, signed_with_secret
from probes.auth.base import AuthorizationError
from probes.auth.oauth2.settings import OAuth2Settings
from probes.exchange import Request

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def parameters(settings: OAuth2Settings) -> dict[str, str]:
    """Return the client's parameters in the body of a token request."""
    client_id, secret = settings.client_id, settings.client_secret
    match settings.client_authentication:
        case "basic":
            return {}
        case "post" if secret:
            return {"client_id": client_id, "client_secret": secret.get_secret_value()}
        case "client_secret_jwt" | "private_key_jwt":
            return {
                "client_id": client_id,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": _assertion(settings),
            }
        case _:
            return {"client_id": client_id}


def presenting(settings: OAuth2Settings, token_request: Request, request: Request) -> Request:
    """Add the client authentication outside of the body; `request` is the one to the site."""
    if settings.client_authentication == "basic":
        headers = (*token_request.headers, ("Authorization", _basic(settings)))
        return replace(token_request, headers=headers)
    if settings.client_authentication == "tls":
        if not request.client:
            raise AuthorizationError(
                "The client authentication tls needs a client certificate: attach one to the "
                "monitor."
            )
        return replace(token_request, client=request.client)
    return token_request


def _basic(settings: OAuth2Settings) -> str:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    pair = settings.client_id, secret
    if settings.basic_encoding == "rfc6749":
        # A space becomes %20, because some servers do not decode a plus sign.
        pair = quote(pair[0], safe=""), quote(pair[1], safe="")
    return f"Basic {b64encode(':'.join(pair).encode()).decode()}"


def _assertion(settings: OAuth2Settings) -> str:
    claims = {
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": settings.issuer or settings.token_url,
    }
    if settings.client_authentication == "client_secret_jwt" and settings.client_secret:
        return signed_with_secret(claims, settings.client_secret)
    return signed_with(settings, claims)


def signed_with(settings: OAuth2Settings, claims: dict[str, str]) -> str:
    """Sign with the private key, which the validation of the fields guarantees."""
    if settings.private_key is None:
        raise TypeError("The client has no key to sign with.")
    headers = {"kid": settings.key_id} if settings.key_id else {}
    return signed(claims, settings.private_key, headers=headers)
