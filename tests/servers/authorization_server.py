"""An authorization server of Authlib's, and a resource that takes the tokens which it issued."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer  # type: ignore[import-untyped] # it has no types
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped] # it has no types
    ClientCredentialsGrant,
    ClientMixin,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
)
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant  # type: ignore[import-untyped] # it has no types
from flask import Flask, Response, request
from joserfc.jwk import Key

USER, PASSWORD = "ursula", "pass word&="
_METHODS = ["client_secret_basic", "client_secret_post", "none", "client_assertion_jwt"]


@dataclass
class Client(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """`key` verifies assertions: a public key, or the secret."""

    id: str
    secret: str
    method: str
    key: Key | None = None

    def get_client_id(self) -> str:
        return self.id

    def check_client_secret(self, secret: str) -> bool:
        return secret == self.secret

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == self.method

    def check_grant_type(self, _grant: str) -> bool:
        return True

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""


@dataclass
class Issued:
    """What there is to know of a refresh token."""

    client: Client
    scope: str
    revoked: bool = False

    def get_scope(self) -> str:
        return self.scope

    def check_client(self, client: Client) -> bool:
        return client is self.client


@dataclass
class Issuer:
    """Serve `app`; `tokens` are those that `/resource` takes, `forms` what was asked with."""

    clients: dict[str, Client]
    audiences: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: dict[str, Issued] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def app(self) -> Flask:
        app = Flask("issuer")
        app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
        server = AuthorizationServer(app, self.clients.get, self._save)
        for grant in _grants(self):
            server.register_grant(grant)
        server.register_client_auth_method("client_assertion_jwt", _assertions(self))
        app.add_url_rule("/token", "token", lambda: self._token(server), methods=["POST"])
        app.add_url_rule("/resource", "resource", self._resource, methods=["GET", "POST"])
        return app

    def _token(self, server: Any) -> Any:  # noqa: ANN401 - Authlib has no types
        self.seen["token"] += 1
        self.forms.append(request.form.to_dict())
        return server.create_token_response()

    def _resource(self) -> Response:
        self.seen["resource"] += 1
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        good = kind == "Bearer" and token in self.tokens
        return Response("inside" if good else "no", 200 if good else 401)

    def _save(self, token: dict[str, Any], asked: Any) -> None:  # noqa: ANN401 - Authlib has no types
        self.tokens.add(token["access_token"])
        if "refresh_token" in token:
            self.refresh_tokens[token["refresh_token"]] = Issued(
                asked.client, token.get("scope", "")
            )


class _Credentials(ClientCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS


class _Password(ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def authenticate_user(self, username: str, password: str) -> str | None:
        return username if (username, password) == (USER, PASSWORD) else None


class _Refresh(RefreshTokenGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    issuer: Issuer

    def authenticate_refresh_token(self, token: str) -> Issued | None:
        issued = self.issuer.refresh_tokens.get(token)
        return issued if issued and not issued.revoked else None

    def authenticate_user(self, _issued: Issued) -> str:
        return USER

    def revoke_old_credential(self, issued: Issued) -> None:
        issued.revoked = True


class _Bearer(JWTBearerGrant):  # type: ignore[misc] # Authlib has no types
    issuer: Issuer

    def get_audiences(self) -> list[str]:
        return self.issuer.audiences

    def resolve_issuer_client(self, name: str) -> Client | None:
        return self.issuer.clients.get(name)

    def resolve_client_public_key(self, client: Client) -> Key | None:
        return client.key

    def authenticate_user(self, subject: str) -> str | None:
        return subject if subject in {USER, *self.issuer.clients} else None

    def has_granted_permission(self, _client: Client, _user: str) -> bool:
        return True


def _grants(issuer: Issuer) -> list[type]:
    """Make the classes that Authlib wants; each knows this issuer."""
    grants = [_Credentials, _Password, _Refresh, _Bearer]
    return [type(each.__name__, (each,), {"issuer": issuer}) for each in grants]


def _assertions(issuer: Issuer) -> Any:  # noqa: ANN401 - Authlib has no types
    used: set[str] = set()

    class Assertion(JWTBearerClientAssertion):  # type: ignore[misc] # Authlib has no types
        def get_audiences(self) -> list[str]:
            return issuer.audiences

        def validate_jti(self, _claims: object, jti: str) -> bool:
            is_new = jti not in used
            used.add(jti)
            return is_new

        def resolve_client_public_key(self, client: Client) -> Key | None:
            return client.key

    return Assertion()
