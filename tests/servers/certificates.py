"""Certificates of every quality, and the file of the authority that a probe is told to trust."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Certificates:
    """Contexts for servers on 127.0.0.1, by what is wrong with them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._authority = trustme.CA()
        self.cafile = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.cafile))

    def valid(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert("127.0.0.1", "localhost"))

    def lasting(self, days: float) -> ssl.SSLContext:
        now = datetime.now(UTC)
        return _context(
            self._authority.issue_cert(
                "127.0.0.1",
                not_before=now - timedelta(days=1),
                not_after=now + timedelta(days=days),
            )
        )

    def files(self, directory: Path) -> tuple[Path, Path]:
        """Write a valid certificate and its key for a program to read."""
        issued = self._authority.issue_cert("127.0.0.1", "localhost")
        certificate, key = directory / "server.pem", directory / "server.key"
        certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        key.chmod(0o600)
        return certificate, key

    def expired(self) -> ssl.SSLContext:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return _context(
            self._authority.issue_cert(
                "127.0.0.1", not_before=yesterday - timedelta(days=30), not_after=yesterday
            )
        )

    def not_yet_valid(self) -> ssl.SSLContext:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return _context(
            self._authority.issue_cert(
                "127.0.0.1", not_before=tomorrow, not_after=tomorrow + timedelta(days=30)
            )
        )

    def for_another_name(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert("other.example"))

    def of_an_unknown_authority(self) -> ssl.SSLContext:
        return _context(trustme.CA().issue_cert("127.0.0.1"))

    def self_signed(self) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        path = self._directory / "self-signed.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def with_old_protocol(self) -> ssl.SSLContext:
        """Speak at most TLS 1.1."""
        context = self.valid()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
