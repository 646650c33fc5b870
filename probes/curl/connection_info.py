"""Facts about a connection: its protocol versions, and the expiry of its certificate."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert

import pycurl
from cryptography import x509

from domain.expiry import Expiry, Subject

HTTP_VERSIONS = {
    pycurl.CURL_HTTP_VERSION_1_0: "1.0",
    pycurl.CURL_HTTP_VERSION_1_1: "1.1",
    pycurl.CURL_HTTP_VERSION_2_0: "2",
    pycurl.CURL_HTTP_VERSION_3: "3",
}
TLS_AGREED = re.compile(rb"SSL connection using TLSv([0-9.]{1,3}) ")
_SECONDS_A_DAY = 86_400


def days_left(curl: pycurl.Curl) -> float | None:
    """Return the days until the server's certificate expires, if libcurl recorded it."""
    ends = _ends(_certificate(curl))
    return None if ends is None else (ends - datetime.now(UTC)).total_seconds() / _SECONDS_A_DAY


def certificate_expiry(curl: pycurl.Curl) -> Expiry | None:
    """Return the expiry of the server's certificate, if libcurl recorded it."""
    known = _certificate(curl)
    ends = _ends(known)
    with suppress(KeyError, ValueError):
        if ends is not None:
            return Expiry(Subject.CERTIFICATE, ends, _identity(PEM_cert_to_DER_cert(known["Cert"])))
    return None


def expiry_of(certificate: bytes) -> Expiry | None:
    """Return the expiry of a certificate in DER, or None if it cannot be parsed."""
    with suppress(ValueError):
        ends = x509.load_der_x509_certificate(certificate).not_valid_after_utc
        return Expiry(Subject.CERTIFICATE, ends, _identity(certificate))
    return None


def _certificate(curl: pycurl.Curl) -> dict[str, str]:
    """Return libcurl's fields of the server's own certificate, by name."""
    return next((dict(each) for each in curl.getinfo(pycurl.INFO_CERTINFO)), {})


def _ends(known: dict[str, str]) -> datetime | None:
    with suppress(KeyError, ValueError):
        return datetime.strptime(known["Expire date"], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    return None


def _identity(certificate: bytes) -> str:
    return sha256(certificate).hexdigest()
