"""A token endpoint that is not there: it answers a scheme whose conversation is held without a network."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from probes.exchange import Request, Response


def issuing(**answer: object) -> Callable[[Request], Response]:
    """Answer as a token endpoint does to a POST, and as the site to anything else."""

    def answered(asked: Request) -> Response:
        body = json.dumps(answer).encode() if asked.method == "POST" else b"inside"
        return Response(status=200, body=body)

    return answered


def form(asked: Request) -> dict[str, str]:
    return dict(parse_qsl((asked.body or b"").decode(), strict_parsing=True))
