"""The TLS contexts of probes outside of libcurl: whom they trust, and which certificate they show.

A context costs as much as hundreds of handshakes, so the last ones are kept.
"""

import os
import ssl
from dataclasses import dataclass
from functools import lru_cache

from domain.evaluation.outcome import Cause
from probes.async_probe import failed
from probes.credential import ClientIdentity
from security.key_exchange import without_finite_fields

_MOST = 64
"""With the authorities of the system, each takes almost a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCredentials:
    """The authorities that replace the usual ones, in PEM, and the certificate of the client."""

    authorities: bytes | None = None
    client: ClientIdentity | None = None


NO_TLS_CREDENTIALS = TlsCredentials()
"""The usual authorities, and no certificate."""


class Contexts:
    """Makes contexts that trust the authorities of a file by default."""

    def __init__(self, cafile: str) -> None:
        self._cafile = cafile
        self._kept = lru_cache(_MOST)(self._made)

    def of(self, credentials: TlsCredentials, *, verify: bool) -> ssl.SSLContext:
        """Return a context. Raise `Failed` if the client certificate cannot be used."""
        return self._kept(
            credentials if verify else TlsCredentials(client=credentials.client), verify
        )

    def _made(self, credentials: TlsCredentials, verify: bool) -> ssl.SSLContext:  # noqa: FBT001 - a key
        context = self._trusting(credentials.authorities) if verify else _trusting_anybody()
        if credentials.client:
            _show(context, credentials.client)
        return without_finite_fields(context)

    def _trusting(self, authorities: bytes | None) -> ssl.SSLContext:
        if authorities is None:
            return ssl.create_default_context(cafile=self._cafile)
        context = ssl.create_default_context(cadata=authorities.decode("ascii"))
        # As with libcurl: one of these certificates may end the chain, and they may lack extensions.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
        return context


def _trusting_anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _show(context: ssl.SSLContext, client: ClientIdentity) -> None:
    """Load the certificate and the key, which `ssl` reads from files only: this one is memory."""
    descriptor = os.memfd_create("client", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, client.key + b"\n" + client.certificate)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    except ssl.SSLError as error:
        raise failed(Cause.AUTHORIZATION, "The client certificate cannot be used.") from error
    finally:
        os.close(descriptor)
