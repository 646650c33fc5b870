"""Refusals that ask for Digest authorization, as bytes and as the answer that was read."""

from probes.exchange import Response

REALM = 'Digest realm="r", nonce="n"'


def refusal(*values: str) -> bytes:
    lines = "".join(f"WWW-Authenticate: {value}\r\n" for value in values)
    return f"HTTP/1.1 401 No\r\n{lines}Content-Length: 0\r\n\r\n".encode()


def refused(*values: str) -> Response:
    return Response(status=401, headers=tuple(("WWW-Authenticate", each) for each in values))
