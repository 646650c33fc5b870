"""A soft authenticator: makes passkeys and signs with them as devices do, also wrongly on purpose."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _ATTESTED = 1, 4, 8, 16, 64


def coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    """One key of one account. What an attacker would change is an attribute."""

    origin: str = "http://127.0.0.1:8000"
    rp_id: str = ""
    flags: int = _PRESENT | _VERIFIED | _ELIGIBLE | _BACKED_UP
    sign_count: int = 1
    user_handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.rp_id = self.rp_id or options["rp"]["id"]
        self.user_handle = decoded(options["user"]["id"])
        data = self._data(_ATTESTED) + bytes(16) + len(self.credential_id).to_bytes(2)
        data += self.credential_id + cbor2.dumps(self._public())
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.sign_count += 1
        data, client = self._data(), self._client("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client).digest()
        signature = self.private.sign(signed, ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({**parts, "userHandle": self.user_handle})

    def _data(self, more: int = 0) -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + bytes([self.flags | more]) + self.sign_count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**said, "crossOrigin": False}).encode()

    def _public(self) -> dict[int, object]:
        numbers = self.private.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        name = coded(self.credential_id)
        said = {key: coded(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": said}
