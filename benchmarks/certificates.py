"""A certificate for a site of a benchmark, of the kinds that most sites have."""

from dataclasses import dataclass
from pathlib import Path

from trustme import CA, KeyType

KINDS = {"ECDSA": KeyType.ECDSA, "RSA": KeyType.RSA}
"""On the curve P-256, or with 2048 bits; the authority has a key of the same kind."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files: the authority to trust, and the certificate of 127.0.0.1 with its key."""

    authority: Path
    site: Path


def make_certificate(directory: Path, kind: str = "ECDSA") -> Certificate:
    made = Certificate(directory / "authority.pem", directory / "site.pem")
    authority = CA(key_type=KINDS[kind])
    authority.cert_pem.write_to_path(made.authority)
    issued = authority.issue_cert("127.0.0.1", key_type=KINDS[kind])
    issued.private_key_and_cert_chain_pem.write_to_path(made.site)
    return made
