"""Settings of the process for an engine: trusted authorities, and the limit of open files."""

import resource
import ssl

import certifi

_SPARE_DESCRIPTORS = 256


def trusted_authorities() -> str:
    """Return the file of trusted authorities: the system's, or the bundled one.

    `SSL_CERT_FILE` names the system's file, as for everything else that uses OpenSSL.
    """
    return ssl.get_default_verify_paths().cafile or certifi.where()


def make_room_for(capacity: int) -> None:
    """Raise the soft limit of open files: a check has up to two sockets while it connects."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * capacity + _SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
