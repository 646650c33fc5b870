"""Carries the requests of a conversation to a server on loopback, whatever host they are for.

For schemes whose token endpoint is pinned: all but the address is as the real one would see it.
"""

from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import Request as Plain
from urllib.request import urlopen

from probes.exchange import Request, Response


def carried(server: str, paths: dict[str, str]) -> Callable[[Request], Response]:
    """Answer with what the server says at the path that stands for the address."""

    def answer(asked: Request) -> Response:
        url = server + paths[asked.url.text]
        headers = dict(asked.headers)
        plain = Plain(url, asked.body, headers, method=asked.method)  # noqa: S310 - loopback
        try:
            with urlopen(plain, timeout=10) as found:  # noqa: S310 - loopback
                return Response(status=found.status, body=found.read())
        except HTTPError as refused:
            with refused:
                return Response(status=refused.code, body=refused.read())

    return answer
