"""The scheme `client_certificate`: who asks proves it in the TLS handshake (RFC 8446).

A PKCS#12 file is taken apart once. Keys stay in memory: nothing of them is written to a file.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from pydantic import Field, ValidationInfo, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    settings_of,
)
from probes.auth.fields import Key, Pem, Secret
from probes.exchange import ClientIdentity, Request


class ClientCertificateSettings(SchemeSettings):
    """Either a certificate with its key, or a PKCS#12 file."""

    certificate: Pem | None = Field(
        default=None, description="PEM: the certificate, then those of its issuers."
    )
    key: Key | None = Field(default=None, description="PEM.")
    pkcs12: Key | None = Field(default=None, description="The file in Base64.")
    password: Secret | None = Field(default=None, description="Of the key or the PKCS#12 file.")

    @model_validator(mode="after")
    def _check_together(self, info: ValidationInfo) -> Self:
        identity = _load(self)
        # Time goes on after a credential was stored; then the check says so.
        if not (info.context or {}).get("stored") and identity.ends < datetime.now(UTC):
            raise ValueError(_expired(identity))
        return self


_PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class _Identity:
    client: ClientIdentity
    ends: datetime


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    identity = credential.memory.get("identity")
    if not isinstance(identity, _Identity):
        identity = _load(settings_of(credential, ClientCertificateSettings))
        credential.memory["identity"] = identity
    if identity.ends < datetime.now(UTC):
        raise AuthorizationError(_expired(identity))
    return (yield from send(replace(request, client=identity.client)))


def _expired(identity: _Identity) -> str:
    return f"The client certificate expired on {identity.ends:%Y-%m-%d}."


def _load(settings: ClientCertificateSettings) -> _Identity:
    """Understand the fields; raises `ValueError` saying what to mend."""
    if settings.pkcs12 is not None and settings.certificate is None and settings.key is None:
        key, chain = _from_pkcs12(settings)
    elif settings.pkcs12 is None and settings.certificate is not None and settings.key is not None:
        key, chain = _key(settings), certificates(settings.certificate)
    else:
        raise ValueError("Give a certificate with its key, or a PKCS#12 file.")
    if not isinstance(key, _PrivateKey):
        raise ValueError("The key must be RSA, of a NIST curve or Ed25519.")  # noqa: TRY004 - bad input
    if chain[0].public_key() != key.public_key():
        raise ValueError("The key is not that of the certificate, which has to come first.")
    return _Identity(
        ClientIdentity(
            certificate=b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            password=None,
            kind="PEM",
        ),
        chain[0].not_valid_after_utc,
    )


def certificates(pem: str) -> list[x509.Certificate]:
    """Read PEM certificates; raises `ValueError`."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise ValueError("The certificate is not one in PEM.") from None


def _password(settings: ClientCertificateSettings) -> bytes | None:
    return settings.password.get_secret_value().encode() if settings.password else None


def _key(settings: ClientCertificateSettings) -> object:
    pem = settings.key.get_secret_value().encode() if settings.key else b""
    try:
        return load_pem_private_key(pem, _password(settings) if b"ENCRYPTED" in pem else None)
    except TypeError:
        raise ValueError("The key is encrypted: give its password.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The key is not one in PEM, or the password is not that of it.") from None


def _from_pkcs12(
    settings: ClientCertificateSettings,
) -> tuple[object, list[x509.Certificate]]:
    text = settings.pkcs12.get_secret_value() if settings.pkcs12 else ""
    try:
        binary = b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("The PKCS#12 file is not in Base64.") from None
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(binary, _password(settings))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("This is no PKCS#12 file, or the password is not that of it.") from None
    if key is None or certificate is None:
        raise ValueError("The PKCS#12 file needs to hold a key and its certificate.")
    return key, [certificate, *others]
