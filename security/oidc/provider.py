"""Talks to an identity provider: its metadata, its keys, and the exchange of a code.

Every request goes through the egress guard. Nothing is cached, so a rotated key counts at once, and
a login takes at most four requests.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from requests import RequestException  # noqa: TID251 - what a guarded session raises

from security.egress.guard import EgressPolicy, ResponseTooLarge, guarded_session
from security.oidc.errors import OidcError

_SECONDS = 5.0
_CONFIGURATION = "/.well-known/openid-configuration"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SCOPES = "openid email profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What we are to a provider. `redirect_uri` differs for each connection."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str
    scopes: str = SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the provider says of itself. `names_itself`: its answers contain `iss` (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    names_itself: bool
    posts_secret: bool


def is_issuer(text: str) -> bool:
    """Return whether a text is an issuer: an address over TLS, without query and fragment."""
    return _is_address(text) and "?" not in text and "#" not in text


def discover(policy: EgressPolicy, issuer: str) -> Metadata:
    """Return the metadata of an issuer. Raise `OidcError` unless it names exactly this issuer."""
    found = _json(policy, "GET", f"{issuer.removesuffix('/')}{_CONFIGURATION}")
    if found.get("issuer") != issuer:
        raise OidcError("The metadata is of another issuer.")
    methods = found.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise OidcError("The provider does not support PKCE with S256.")
    ways = found.get("token_endpoint_auth_methods_supported")
    userinfo = found.get("userinfo_endpoint")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_address(found, "authorization_endpoint"),
        token_endpoint=_address(found, "token_endpoint"),
        jwks_uri=_address(found, "jwks_uri"),
        userinfo_endpoint=None if userinfo is None else _address(found, "userinfo_endpoint"),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        posts_secret=isinstance(ways, list) and "client_secret_basic" not in ways,
    )


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_url(
    metadata: Metadata, client: Client, *, state: str, nonce: str, verifier: str, hint: str = ""
) -> str:
    """Return the address at which the provider asks the person to log in."""
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": client.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        **({"login_hint": hint} if hint else {}),
    }
    glue = "&" if urlsplit(metadata.authorization_endpoint).query else "?"
    return f"{metadata.authorization_endpoint}{glue}{urlencode(query)}"


def check_sender(metadata: Metadata, iss: str | None) -> None:
    """Raise `OidcError` if the answer is of another provider (RFC 9207)."""
    if iss is None and metadata.names_itself:
        raise OidcError("The answer does not name its issuer.")
    if iss is not None and iss != metadata.issuer:
        raise OidcError("The answer is of another issuer.")


def exchange(
    policy: EgressPolicy, metadata: Metadata, client: Client, *, code: str, verifier: str
) -> Mapping[str, Any]:
    """Exchange a code for the answer of the token endpoint, which has an `id_token`."""
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    headers = {}
    if metadata.posts_secret:
        body |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = _json(policy, "POST", metadata.token_endpoint, headers=headers, data=body)
    if not isinstance(answer.get("id_token"), str):
        raise OidcError("The provider issued no ID token.")
    return answer


def keys(policy: EgressPolicy, metadata: Metadata) -> Sequence[Mapping[str, Any]]:
    """Return the keys that the provider publishes now."""
    found = _json(policy, "GET", metadata.jwks_uri).get("keys")
    if not isinstance(found, list):
        raise OidcError("The provider publishes no keys.")
    return [each for each in found if isinstance(each, dict)]


def completed(
    policy: EgressPolicy, metadata: Metadata, claims: Mapping[str, Any], answer: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Add what the ID token lacks from the userinfo endpoint, if that is about the same subject."""
    access_token = answer.get("access_token")
    if "email" in claims or metadata.userinfo_endpoint is None or not isinstance(access_token, str):
        return claims
    headers = {"Authorization": f"Bearer {access_token}"}
    more = _json(policy, "GET", metadata.userinfo_endpoint, headers=headers)
    if more.get("sub") != claims["sub"]:
        raise OidcError("The user info is about another subject.")
    return {**more, **claims}


def _json(policy: EgressPolicy, method: str, url: str, **sent: Any) -> Mapping[str, Any]:  # noqa: ANN401 - requests'
    try:
        with guarded_session(policy, seconds=_SECONDS) as session:
            response = session.request(method, url, **sent)
            found = response.json() if response.status_code == 200 else None  # noqa: PLR2004 - OK
    except (RequestException, ResponseTooLarge, OSError, ValueError, RecursionError) as error:
        raise OidcError(
            f"{urlsplit(url).hostname} cannot be read: {type(error).__name__}."
        ) from error
    if not isinstance(found, dict):
        raise OidcError(f"{urlsplit(url).hostname} answered {response.status_code}.")
    return found


def _address(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not _is_address(value):
        raise OidcError(f"The metadata has no `{name}` over TLS.")
    return value


def _is_address(text: str) -> bool:
    """Return whether secrets may be sent there: over TLS, or to this very machine."""
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return is_safe and bool(parts.hostname) and port_is_fine and parts.username is None
