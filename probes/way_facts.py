"""What is worth knowing of a connection: the versions that were spoken, and how long the certificate lasts."""

import re
from contextlib import suppress
from datetime import UTC, datetime

import pycurl

HTTP_VERSIONS = {
    pycurl.CURL_HTTP_VERSION_1_0: "1.0",
    pycurl.CURL_HTTP_VERSION_1_1: "1.1",
    pycurl.CURL_HTTP_VERSION_2_0: "2",
    pycurl.CURL_HTTP_VERSION_3: "3",
}
TLS_AGREED = re.compile(rb"SSL connection using TLSv([0-9.]{1,3}) ")
_SECONDS_A_DAY = 86_400


def days_left(curl: pycurl.Curl) -> float | None:
    """Return how long the certificate of the server is still good, if libcurl was told to keep it."""
    for chain in curl.getinfo(pycurl.INFO_CERTINFO)[:1]:
        for name, value in chain:
            if name == "Expire date":
                with suppress(ValueError):
                    ends = datetime.strptime(value, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
                    return (ends - datetime.now(UTC)).total_seconds() / _SECONDS_A_DAY
    return None
