"""What errors of sockets and of TLS mean: whose trouble it was, and how to say it."""

import errno
import ssl

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down, ours
from probes.network.curl_failures import certificate_failure, no_connection

_NO_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LOST = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ETIMEDOUT})


def connecting_failure(error: OSError, port: int) -> Failure:
    """Say why no connection came about."""
    if error.errno in _NO_SOCKETS:
        return ours("This worker ran out of sockets.")
    return no_connection(error.errno or 0, port)


def talking_failure(error: OSError, port: int) -> Failure:
    """Say why a connection that there was could not be used to the end."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_failure(error.verify_code)
    if isinstance(error, ssl.SSLError):
        return down(Cause.TLS, "The TLS handshake failed.")
    if error.errno in _LOST:
        return down(Cause.CLOSED, "The connection was reset.")
    return connecting_failure(error, port)
