"""The meaning of socket and TLS errors: whose failure it was, and its description."""

import errno
import ssl

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down, ours
from probes.network.curl_failures import certificate_failure, no_connection
from probes.network.tls_failures import handshake_failure, refused_certificate

_NO_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LOST = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ETIMEDOUT})


def connecting_failure(error: OSError, port: int) -> Failure:
    """Return why no connection was established."""
    if error.errno in _NO_SOCKETS:
        return ours("This worker ran out of sockets.")
    return no_connection(error.errno or 0, port)


def talking_failure(error: OSError, port: int) -> Failure:
    """Return why an established connection failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_failure(error.verify_code)
    if isinstance(error, ssl.SSLError):
        return refused_certificate(str(error)) or handshake_failure(error.reason or "")
    if error.errno in _LOST:
        return down(Cause.CLOSED, "The connection was reset.")
    return connecting_failure(error, port)
