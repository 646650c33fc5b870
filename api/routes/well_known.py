"""Metadata that other software looks up: public keys, and the abilities of the token endpoint."""

from flask import Blueprint, Response, jsonify

from domain.permissions import SCOPES
from security.jwt.client_assertions import ALGORITHMS
from server.resources import resources

_CACHED = "public, max-age=600"
_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"]

blueprint = Blueprint("well-known", __name__, url_prefix="/.well-known")


@blueprint.get("/jwks.json")
def jwks() -> Response:
    """Return the keys that verify our tokens (RFC 7517).

    The next key is listed before it signs.
    """
    response = jsonify(resources().tokens.keys().as_jwks())
    response.mimetype = "application/jwk-set+json"
    response.headers["Cache-Control"] = _CACHED
    return response


@blueprint.get("/oauth-authorization-server")
def metadata() -> Response:
    """Return the metadata of the token endpoint (RFC 8414)."""
    issuer = resources().tokens.issuer
    methods = [name for name in _METHODS if name != "tls_client_auth" or _takes_certificates()]
    described: dict[str, object] = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": sorted(SCOPES),
        "tls_client_certificate_bound_access_tokens": _takes_certificates(),
    }
    for name, path in (
        ("token", "token"),
        ("introspection", "introspect"),
        ("revocation", "revoke"),
    ):
        described[f"{name}_endpoint"] = f"{issuer}/oauth/{path}"
        described[f"{name}_endpoint_auth_methods_supported"] = methods
        described[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    response = jsonify(described)
    response.headers["Cache-Control"] = _CACHED
    return response


def _takes_certificates() -> bool:
    settings = resources().settings
    return bool(settings.client_certificate_header and settings.certificate_proxies)
