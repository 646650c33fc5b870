"""A gRPC server with the standard health service of grpcio, and what it may answer instead."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import trustme
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.servers.certificates import Certificates

STATUS = health_pb2.HealthCheckResponse


@dataclass(frozen=True)
class Ports:
    plain: int
    tls: int
    mutual: int
    """It demands a client certificate."""


class _Special(grpc.ServerInterceptor):  # type: ignore[misc]  # grpcio ships no types
    """Treats three services differently: `locked` needs a token, `slow` takes 20 ms, `broken` fails."""

    def __init__(self, token: str) -> None:
        self._token = token

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        handler = continuation(details)
        sent = dict(details.invocation_metadata).get("authorization")

        def call(
            request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
        ) -> health_pb2.HealthCheckResponse:
            if request.service == "locked" and sent != f"Bearer {self._token}":
                context.abort(grpc.StatusCode.UNAUTHENTICATED, f"Wrong token: {sent}")
            if request.service == "slow":
                time.sleep(0.02)
            if request.service == "broken":
                context.abort(grpc.StatusCode.UNAVAILABLE, "Größe: 100 %")
            return handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(
            call, handler.request_deserializer, handler.response_serializer
        )


@contextmanager
def grpc_health(
    statuses: dict[str, int],
    certificates: Certificates,
    clients: trustme.CA,
    directory: Path,
    *,
    token: str,
) -> Iterator[Ports]:
    """Serve the health of these services; `clients` issues the certificates of clients."""
    servicer = health.HealthServicer()
    for service, status in statuses.items():
        servicer.set(service, status)
    with _served([_Special(token)]) as server:
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        certificate, key = (each.read_bytes() for each in certificates.files(directory))
        identity = ((key, certificate),)
        authority = clients.cert_pem.bytes()
        ports = Ports(
            server.add_insecure_port("127.0.0.1:0"),
            server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(identity)),
            server.add_secure_port(
                "127.0.0.1:0",
                grpc.ssl_server_credentials(identity, authority, require_client_auth=True),
            ),
        )
        server.start()
        yield ports


@contextmanager
def grpc_without_health() -> Iterator[int]:
    """Serve nothing at all."""
    with _served([]) as server:
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port


@contextmanager
def _served(interceptors: Sequence[grpc.ServerInterceptor]) -> Iterator[grpc.Server]:
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, interceptors=interceptors)
        try:
            yield server
        finally:
            server.stop(None).wait()
