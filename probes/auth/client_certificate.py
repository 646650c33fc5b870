"""The scheme `client_certificate`: a client certificate in the TLS handshake (RFC 8446).

A key with a password is opened once, when it is set (`security/private_keys/opening.py`), and
stored without one. So a worker never runs a key derivation that a user chose. Keys stay in memory
and are never written to a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar, Self

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import Field, SecretStr, ValidationInfo, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    is_stored,
    settings_of,
)
from probes.auth.fields import Key, Pem, Secret
from probes.credential import ClientIdentity
from probes.exchange import Request
from probes.failures import ours
from security.private_keys import certificate_files, pem
from security.private_keys import opening as key_opening

MOST_CERTIFICATES = 10
_OPENED = {"opened": True}
_STILL_LOCKED = (
    "The key of this credential is stored with a password, which is no longer supported."
    " Give the key or the PKCS#12 file again."
)


class ClientCertificateSettings(SchemeSettings):
    """A certificate with its key, or a PKCS#12 file, which is stored as certificate and key."""

    REPLACES: ClassVar[Mapping[str, frozenset[str]]] = {
        "pkcs12": frozenset({"certificate", "key", "password"}),
        "key": frozenset({"pkcs12", "password"}),
    }

    certificate: Pem | None = Field(
        default=None,
        description="The certificate in PEM, followed by those of its issuers; at most 10.",
    )
    key: Key | None = Field(
        default=None,
        description=(
            "The private key in PEM: RSA with 2048 to 4096 bits, a NIST curve, or Ed25519."
        ),
    )
    pkcs12: Key | None = Field(
        default=None, description="The PKCS#12 file in Base64. It is stored as certificate and key."
    )
    password: Secret | None = Field(
        default=None,
        description="The password of the key or of the PKCS#12 file. It is not stored.",
    )

    @model_validator(mode="after")
    def _check_together(self, info: ValidationInfo) -> Self:
        # A certificate may expire after the credential was stored; then the check reports it.
        if is_stored(info):
            return self
        if self.is_locked:
            self._check_locked()
            return self
        if self.password is not None:
            raise ValueError("The key is not encrypted. Omit the password.")
        identity = _load(self, is_known=bool((info.context or {}).get("opened")))
        if identity.ends < datetime.now(UTC):
            raise ValueError(_expired(identity))
        return self

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return () if self.is_locked else (_text(self.key),)

    @property
    def needs_child(self) -> bool:
        return self.is_locked or super().needs_child

    @property
    def is_locked(self) -> bool:
        """Whether the key needs a password, or is in a PKCS#12 file."""
        if (self.pkcs12 is None) == (self.certificate is None) or (
            (self.key is None) != (self.certificate is None)
        ):
            raise ValueError("Give a certificate with its key, or a PKCS#12 file.")
        return self.key is None or pem.is_encrypted(self.key.get_secret_value())

    def examined(self) -> Self:
        if not self.is_locked:
            return super().examined()
        password = self.password.get_secret_value() if self.password else None
        if self.pkcs12:
            opened = key_opening.open_pkcs12(self.pkcs12.get_secret_value(), password)
            fields = {"certificate": opened.certificates, "key": opened.key}
        else:
            key = key_opening.open_key(_text(self.key), password or "")
            fields = {"certificate": self.certificate or "", "key": key}
        return type(self).model_validate(fields, context=_OPENED)

    def _check_locked(self) -> None:
        """Validate what can be known before the key is opened."""
        if self.pkcs12:
            key_opening.check_pkcs12(self.pkcs12.get_secret_value())
            return
        if self.password is None:
            raise ValueError("The key is encrypted. Give its password.")
        pem.check_cost(_text(self.key))
        certificate_files.load(self.certificate or "", most=MOST_CERTIFICATES)


@dataclass(frozen=True, slots=True)
class _Identity:
    client: ClientIdentity
    ends: datetime


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    identity = credential.memory.get("identity")
    if not isinstance(identity, _Identity):
        settings = settings_of(credential, ClientCertificateSettings)
        if settings.is_locked:
            raise AuthorizationError(_STILL_LOCKED, ours(_STILL_LOCKED))
        identity = _load(settings, is_known=True)
        credential.memory["identity"] = identity
    if identity.ends < datetime.now(UTC):
        raise AuthorizationError(_expired(identity))
    return (yield from send(replace(request, client=identity.client)))


def _expired(identity: _Identity) -> str:
    return f"The client certificate expired on {identity.ends:%Y-%m-%d}."


def _load(settings: ClientCertificateSettings, *, is_known: bool) -> _Identity:
    """Load the certificate and the key, or raise `ValueError` with what to correct."""
    key = pem.load(_text(settings.key), is_known=is_known)
    chain = certificate_files.load(settings.certificate or "", most=MOST_CERTIFICATES)
    if not certificate_files.is_for(chain[0], key):
        raise ValueError("The key does not match the first certificate.")
    return _Identity(
        ClientIdentity(
            certificate=b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ),
        chain[0].not_valid_after_utc,
    )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
