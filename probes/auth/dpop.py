"""Tokens that are bound to a key: each request proves possession of the key (DPoP, RFC 9449)."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from secrets import token_urlsafe

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from pydantic import SecretStr

from probes.auth.assertions import private_key
from probes.auth.base import Credential, Send
from probes.auth.request_bytes import with_header
from probes.exchange import Request, Response

_KEY = "dpop"
_MOST_NONCES = 100
_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,1024}")
_WANTED = re.compile(r"""error["']?\s{0,9}[:=]\s{0,9}["']?use_dpop_nonce\b""")
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})


@dataclass(slots=True)
class Binding:
    """The key of one credential, and the last nonce of each server that issues nonces."""

    key: ec.EllipticCurvePrivateKey
    nonces: dict[object, str] = field(default_factory=dict, repr=False)

    def sent(
        self, request: Request, send: Send, token: str | None = None
    ) -> Generator[Request, Response, Response]:
        """Send a request with a proof, and once more if the server demands its nonce."""
        response = yield from send(self._proving(request, token))
        if self._learned(request, response) and _wants_nonce(response):
            response = yield from send(self._proving(request, token))
            self._learned(request, response)
        return response

    def proof(self, request: Request, token: str | None = None) -> str:
        """Sign the method, the URL, the time, the token, and an id that makes the proof unique."""
        claims: dict[str, str | int] = {
            "jti": token_urlsafe(16),
            "htm": request.method,
            "htu": request.url.text.partition("?")[0],
            "iat": int(datetime.now(UTC).timestamp()),
        }
        if token is not None:
            claims["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()
        if nonce := self.nonces.get(request.url.origin):
            claims["nonce"] = nonce
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        headers = {"typ": "dpop+jwt", "jwk": public}
        return jwt.encode(claims, self.key, "ES256", headers)

    def _proving(self, request: Request, token: str | None) -> Request:
        return with_header(request, "DPoP", self.proof(request, token))

    def _learned(self, request: Request, response: Response) -> bool:
        """Store the nonce of an answer, and return whether it is a new one."""
        found = [value for name, value in response.headers if name.lower() == "dpop-nonce"]
        if len(found) != 1 or not _NONCE.fullmatch(found[0]):
            return False
        origin = request.url.origin
        if self.nonces.get(origin) == found[0]:
            return False
        if len(self.nonces) >= _MOST_NONCES:
            self.nonces.clear()
        self.nonces[origin] = found[0]
        return True


def binding_of(credential: Credential, key: SecretStr | None) -> Binding:
    """Return the binding of a credential: to the given key, or to one made for this process."""
    binding = credential.memory.get(_KEY)
    if not isinstance(binding, Binding):
        binding = Binding(_curve_key(key) if key else ec.generate_private_key(ec.SECP256R1()))
        credential.memory[_KEY] = binding
    return binding


def check_key(key: SecretStr) -> None:
    """Raise `ValueError` for a key that cannot sign with ES256; it was validated before."""
    _curve_key(key)


def _curve_key(key: SecretStr) -> ec.EllipticCurvePrivateKey:
    read = private_key(key, is_known=True)
    if isinstance(read, ec.EllipticCurvePrivateKey) and isinstance(read.curve, ec.SECP256R1):
        return read
    raise ValueError("The dpop_key must be on the curve P-256.")


def _wants_nonce(response: Response) -> bool:
    """Return whether a server demands a nonce.

    A resource server says so in its challenge, a token endpoint in its body.
    """
    if response.failure or response.status not in _REFUSALS:
        return False
    said = [value for name, value in response.headers if name.lower() == "www-authenticate"]
    said.append(response.body[:4096].decode("latin-1"))
    return any(_WANTED.search(each) for each in said)
