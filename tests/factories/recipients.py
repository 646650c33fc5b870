"""Holders of private keys, who read answers with code that other people wrote (jwcrypto)."""

import json
from collections.abc import Mapping
from typing import Any

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jws import JWS

from tests.api.client import ApiClient, body_of

KINDS: dict[str, dict[str, Any]] = {
    "P-256": {"kty": "EC", "crv": "P-256"},
    "P-384": {"kty": "EC", "crv": "P-384"},
    "X25519": {"kty": "OKP", "crv": "X25519"},
    "RSA": {"kty": "RSA", "size": 2048},
}


class Holder:
    """Has a key of that kind."""

    def __init__(self, kind: str = "X25519") -> None:
        self._key = JWK.generate(**KINDS[kind])

    @property
    def public(self) -> dict[str, Any]:
        return dict(self._key.export_public(as_dict=True))

    @property
    def private(self) -> dict[str, Any]:
        return dict(self._key.export_private(as_dict=True))

    def open(self, token: str) -> str:
        """Decrypt; raises what jwcrypto raises."""
        jwe = JWE()
        jwe.deserialize(token, self._key)
        return str(jwe.payload.decode())

    def read(self, token: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
        """Decrypt, verify with the key of the set that is named, and return the claims."""
        jws = JWS()
        jws.deserialize(self.open(token))
        key = JWKSet.from_json(json.dumps(jwks)).get_key(jws.jose_header["kid"])
        jws.verify(key)
        claims: dict[str, Any] = json.loads(jws.payload)
        return claims

    def register(self, client: ApiClient, **values: object) -> dict[str, Any]:
        """Become an active recipient of an organization."""
        made = client.make("recipients", **{"name": "BI", "jwk": self.public, **values})
        answer = {"answer": self.open(made["challenge"])}
        response = client.post(f"recipients/{made['id']}/confirm", answer)
        assert response.status_code == 200, response.text
        return body_of(response)
