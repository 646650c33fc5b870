"""Identity providers of the test: several issuers on one port, each with its own keys.

A test plays the browser: `authorize` takes the address to which this service sends a person, and
returns what the provider would send back. What is forged is given by the test.
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

SECRET = "a secret & more"
CLIENT = "downtime"


@dataclass
class SigningKey:
    """A key of a provider, and how it is published."""

    kid: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public(self) -> dict[str, Any]:
        found = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
        return {**found, "kid": self.kid, "use": "sig", "alg": "ES256"}


@dataclass
class Grant:
    """A code that was given to a browser. `sent` replaces the ID token."""

    redirect_uri: str
    challenge: str
    claims: dict[str, Any]
    header: dict[str, Any]
    signed_by: SigningKey
    sent: str | None = None


@dataclass
class Provider:
    issuer: str
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey("first")])
    metadata: dict[str, Any] = field(default_factory=dict)
    user_info: dict[str, Any] | None = None
    grants: dict[str, Grant] = field(default_factory=dict)
    published: list[dict[str, Any]] | None = None
    asked: list[str] = field(default_factory=list)

    def authorize(
        self,
        url: str,
        *,
        header: Mapping[str, Any] | None = None,
        signed_by: SigningKey | None = None,
        sent: str | None = None,
        **claims: Any,  # noqa: ANN401 - whatever the test forges; None leaves it out
    ) -> dict[str, str]:
        """Return the query of the answer, after the person has logged in."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = uuid4().hex
        now = int(time.time())
        stated = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "sub": "ann",
            **claims,
        }
        self.grants[code] = Grant(
            asked["redirect_uri"],
            asked["code_challenge"],
            {name: value for name, value in stated.items() if value is not None},
            dict(header or {}),
            signed_by or self.keys[0],
            sent,
        )
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def signed(
        self, claims: Mapping[str, Any], header: Mapping[str, Any], key: SigningKey | None = None
    ) -> str:
        used = key or self.keys[0]
        stated = {"alg": "ES256", "kid": used.kid, **header}
        stated = {name: value for name, value in stated.items() if value is not None}
        algorithm = stated.pop("alg")
        return jwt.encode(dict(claims), used.key, algorithm=algorithm, headers=stated)

    def answer(self, path: str, fields: Mapping[str, str], authorization: str) -> object:
        """Return what an endpoint answers, or None for a refusal."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "authorization_response_iss_parameter_supported": True,
                "code_challenge_methods_supported": ["S256"],
                **self.metadata,
            }
        if path == "/jwks":
            return {"keys": self.published or [each.public for each in self.keys]}
        if path == "/userinfo":
            return self.user_info
        return self._token(fields, authorization)

    def _token(self, fields: Mapping[str, str], authorization: str) -> object:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        client_id, _, secret = (unquote(each) for each in pair.partition(":"))
        grant = self.grants.pop(fields.get("code", ""), None)
        verifier = fields.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or (client_id, secret) != (CLIENT, SECRET)
            or challenge != grant.challenge
            or fields.get("redirect_uri") != grant.redirect_uri
        ):
            return None
        token = grant.sent or self.signed(grant.claims, grant.header, grant.signed_by)
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": token}


class Providers:
    """Issuers by the first part of their path."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._of: dict[str, Provider] = {}

    def new(self) -> Provider:
        name = uuid4().hex[:8]
        self._of[name] = Provider(f"http://127.0.0.1:{self._port}/{name}")
        return self._of[name]

    def find(self, path: str) -> tuple[Provider | None, str]:
        name, _, rest = path.removeprefix("/").partition("/")
        return self._of.get(name), f"/{rest}"


@contextmanager
def providers() -> Iterator[Providers]:
    """Serve providers on a port of their own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.providers = Providers(server.server_port)  # type: ignore[attr-defined] # for the handler
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.providers  # type: ignore[attr-defined] # set above
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._serve({name: values[0] for name, values in parse_qs(body).items()})

    def _serve(self, fields: Mapping[str, str]) -> None:
        provider, path = self.server.providers.find(urlsplit(self.path).path)  # type: ignore[attr-defined] # set above
        answer = provider and provider.answer(path, fields, self.headers.get("Authorization", ""))
        body = json.dumps(answer).encode() if answer is not None else b"{}"
        self.send_response(200 if answer is not None else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing."""
