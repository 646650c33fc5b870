"""Signed statements: public JSON with a signature (JWS, RFC 7515), such as manifests of exports."""

from collections.abc import Mapping
from typing import Any

import jwt

from security.jwt.signing_keys import ALGORITHM, SigningKeys

MANIFEST = "downtime-export+jws"
"""The type of a manifest: no token is valid as one, and none is valid as a token."""


def sign(claims: Mapping[str, Any], keys: SigningKeys, *, kind: str) -> str:
    """Return the compact form; `kid` names the key among those at `/.well-known/jwks.json`."""
    header = {"typ": kind, "kid": keys.kid}
    return jwt.encode(dict(claims), keys.private, algorithm=ALGORITHM, headers=header)
