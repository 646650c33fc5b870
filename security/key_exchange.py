"""Key exchanges whose cost for the client the server chooses are not offered.

In DHE a server sends a prime of up to 10,000 bits, and the client computes two powers modulo it.
That takes a second of CPU per handshake (CVE-2024-41996). Browsers no longer offer DHE.
"""

import ssl

CIPHERS_OF_LIBCURL = "DEFAULT:!kDHE"
"""For `SSL_CIPHER_LIST`, which applies up to TLS 1.2."""

_LONGEST_HELLO = 16 * 1024
_HANDSHAKE = 22
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3)."""
_FINITE_FIELD = b"\x00\x33\x00\x02\x01"
"""The extension `key_share` of such a message, up to the first byte of ffdhe2048 to ffdhe8192."""


def without_finite_fields(context: ssl.SSLContext) -> ssl.SSLContext:
    """Disable DHE up to TLS 1.2, and renegotiation by the server."""
    names = [each["name"] for each in context.get_ciphers() if each["kea"] != "kx-dhe"]
    context.set_ciphers(":".join(names))
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


class ServerHello:
    """The first message of a server, parsed before OpenSSL receives it.

    OpenSSL 3.0 offers the groups ffdhe2048 to ffdhe8192 in TLS 1.3, and `ssl` cannot disable them.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._is_read = False

    def is_costly(self, data: bytes) -> bool:
        """Take further data, and return whether the server requests a finite field.

        Also return True if the first message is too long.
        """
        if self._is_read:
            return False
        self._data += data
        message = _handshake(self._data)
        size = 4 + int.from_bytes(message[1:4], "big")
        if len(message) < max(size, 4):
            return len(self._data) > _LONGEST_HELLO
        self._is_read = True
        hello = message[4:size]
        return hello[2:34] == _RETRY and _FINITE_FIELD in hello


def _handshake(data: bytearray) -> bytes:
    """Return the beginning of the first message, from any number of records."""
    found, at = bytearray(), 0
    while at + 5 <= len(data):
        end = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
        if data[at] == _HANDSHAKE:
            found += data[at + 5 : end]
        at = end
    return bytes(found)
