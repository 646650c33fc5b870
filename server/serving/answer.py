"""Writes the answer of the application to one request, at the speed of the client."""

from typing import TYPE_CHECKING, Any

from gunicorn.http import wsgi

from server.serving.arrival import Incoming
from server.serving.connection import Answer, Connection

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def answer(
    application: "WSGIApplication",
    request: Incoming,
    connection: Connection,
    cfg: Any,  # noqa: ANN401 - gunicorn's
    *,
    is_last: bool,
) -> Answer:
    """Write an answer in steps.

    Each step may run on another thread. Between two steps no thread waits for the client.
    """
    request.read_body()
    outgoing = connection.outgoing
    response, environ = wsgi.create(request, outgoing, connection.client, connection.server, cfg)
    environ["wsgi.multithread"] = True
    if is_last:
        response.force_close()
    parts = application(environ, response.start_response)
    try:
        for part in parts:
            response.write(part)
            outgoing.flush()
            if outgoing.is_full:
                yield
        response.close()
        outgoing.flush()
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return not response.should_close()
