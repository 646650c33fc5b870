"""Client certificates whose key needs a password."""

from base64 import b64encode
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

Fields = dict[str, Any]

PASSWORD = "canary-5f1c9a7e"
AUTHORITY = trustme.CA()


def with_key() -> Fields:
    """Return a certificate with a key that is encrypted."""
    issued = AUTHORITY.issue_cert("client@shop.test")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    )
    certificate = issued.cert_chain_pems[0].bytes().decode()
    return {"certificate": certificate, "key": key.decode(), "password": PASSWORD}


def with_file() -> Fields:
    issued = AUTHORITY.issue_cert("client@shop.test")
    binary = pkcs12.serialize_key_and_certificates(
        b"client",
        load_pem_private_key(issued.private_key_pem.bytes(), None),  # type: ignore[arg-type] # of a kind that fits
        x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()),
        None,
        BestAvailableEncryption(PASSWORD.encode()),
    )
    return {"pkcs12": b64encode(binary).decode(), "password": PASSWORD}
