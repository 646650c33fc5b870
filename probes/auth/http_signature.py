"""The scheme `http_signature`: HTTP message signatures (RFC 9421).

The body is covered by its digest (RFC 9530).
"""

import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.structures import CaseInsensitiveDict
from pydantic import Field, ValidationInfo, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    is_stored,
    settings_of,
)
from probes.auth.fields import Key, Word
from probes.auth.request_bytes import with_content_type, with_header
from probes.exchange import Request
from security.private_keys import pem
from security.private_keys.pem import PrivateKey

_ALGORITHMS = {
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    "hmac-sha256": algorithms.HMAC_SHA256,
}
_SHORTEST_SECRET = 16
_ADDED = ("Content-Digest", "Signature-Input", "Signature")
Component = Annotated[
    str,
    Field(
        pattern=r"^(@method|@authority|@target-uri|@scheme|@request-target|@path|@query|[a-z0-9!#$%&'*+.^_`|~-]{1,100})$"
    ),
]


class HttpSignatureSettings(SchemeSettings):
    """A signature of components of the request.

    The digest of a body is always covered. `key` is in PEM, or in Base64 for `hmac-sha256`.
    """

    key_id: Word
    algorithm: Literal["ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512", "hmac-sha256"]
    key: Key
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=20)] = (
        "@method",
        "@target-uri",
    )
    label: Annotated[str, Field(pattern=r"^[a-z*][a-z0-9_.*-]{0,31}$")] = "sig1"
    tag: Word | None = None
    with_nonce: bool = False

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return () if self.algorithm == "hmac-sha256" else (self.key.get_secret_value(),)

    @model_validator(mode="after")
    def _can_sign(self, info: ValidationInfo) -> Self:
        if len(set(self.components)) < len(self.components):
            raise ValueError("A component occurs twice.")
        if is_stored(info):
            return self
        key = _key(self, is_known=False)
        try:
            _ALGORITHMS[self.algorithm](private_key=key).sign(b"")  # type: ignore[no-untyped-call]  # Half typed.
        except (HTTPMessageSignaturesException, ValueError, TypeError):
            raise ValueError(f"The key is not one for {self.algorithm}.") from None
        return self


@dataclass(slots=True)
class _Message:
    """A request in the form that the library expects."""

    method: str
    url: str
    headers: CaseInsensitiveDict


SigningKey = bytes | PrivateKey


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:  # noqa: ANN401, ARG002 - as the library has it
        return self._key


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, HttpSignatureSettings)
    if "key" not in credential.memory:
        # Parsing a PEM key takes longer than signing with it.
        credential.memory["key"] = _key(settings, is_known=True)
    return (yield from send(signed(settings, request, credential.memory["key"])))


def signed(settings: HttpSignatureSettings, request: Request, key: SigningKey) -> Request:
    """Return the signed request, or raise `AuthorizationError` if it lacks a component."""
    request = with_content_type(request)
    message = _Message(request.method, request.url.text, CaseInsensitiveDict(dict(request.headers)))  # type: ignore[no-untyped-call]  # Half typed.
    signer = HTTPMessageSigner(
        signature_algorithm=_ALGORITHMS[settings.algorithm], key_resolver=_OneKey(key)
    )
    try:
        signer.sign(
            message,
            key_id=settings.key_id,
            label=settings.label,
            tag=settings.tag,
            nonce=secrets.token_urlsafe(16) if settings.with_nonce else None,
            covered_component_ids=settings.components,
            body=request.body or None,
        )
    except HTTPMessageSignaturesException:
        named = ", ".join(each for each in settings.components if not each.startswith("@"))
        raise AuthorizationError(
            f"The request cannot be signed: it lacks one of {named or 'its components'}."
        ) from None
    for name in _ADDED:
        if name in message.headers:
            request = with_header(request, name, message.headers[name])
    return request


def _key(settings: HttpSignatureSettings, *, is_known: bool) -> SigningKey:
    """Parse the key, or raise `ValueError` with what to correct."""
    text = settings.key.get_secret_value()
    if settings.algorithm != "hmac-sha256":
        return pem.load(text, is_known=is_known)
    try:
        secret = b64decode(text, validate=True)
    except (ValueError, Base64Error):
        secret = b""
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"The key is not a Base64 secret of {_SHORTEST_SECRET} bytes or more.")
    return secret
