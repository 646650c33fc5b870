"""The fields of the scheme `oauth2`, and their combinations."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from probes.auth.assertions import PrivateKey
from probes.auth.base import SchemeSettings
from probes.auth.dpop import check_key
from probes.auth.fields import Secret, Text, Word, texts_of
from probes.auth.side_requests import Endpoint, refuse_plaintext

_SHORTEST_FOR_HMAC = 32
_WITH_SECRET = frozenset({"basic", "post", "client_secret_jwt"})
_OURS = frozenset(
    {
        "grant_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "assertion",
        "username",
        "password",
        "refresh_token",
        "scope",
        "audience",
        "resource",
    }
)


class OAuth2Settings(SchemeSettings):
    grant: Literal["client_credentials", "password", "refresh_token", "jwt_bearer"] = (
        "client_credentials"
    )
    token_url: Endpoint
    client_id: Text
    client_authentication: Literal[
        "basic", "post", "client_secret_jwt", "private_key_jwt", "tls", "none"
    ] = Field(
        default="basic",
        description=(
            "How the client authenticates. `tls` also needs a credential of the scheme"
            " `client_certificate`."
        ),
    )
    client_secret: Secret | None = None
    basic_encoding: Literal["rfc6749", "raw"] = Field(
        default="rfc6749",
        description=(
            "Whether the client id and secret are form-encoded before they are joined for Basic."
        ),
    )
    private_key: PrivateKey | None = Field(
        default=None,
        description=(
            "The key in PEM that signs assertions, with RS256 or the ES algorithm of its curve."
        ),
    )
    key_id: Word | None = None
    issuer: Text | None = Field(
        default=None,
        description=(
            "The issuer of the authorization server, which becomes the audience of"
            " assertions. By default `token_url`."
        ),
    )
    subject: Text | None = Field(
        default=None,
        description=(
            "The subject for which `jwt_bearer` requests a token. By default the client itself."
        ),
    )
    username: Text | None = None
    password: Secret | None = None
    refresh_token: Secret | None = Field(
        default=None,
        description=(
            "The refresh token. If the server replaces it, the new one is kept only in memory."
        ),
    )
    scope: Text | None = None
    audience: Text | None = None
    resource: Text | None = None
    extra: Annotated[dict[Word, Text], Field(max_length=20)] = Field(
        default_factory=dict,
        description="Further parameters of the token request. Secrets do not belong here.",
    )
    dpop: StrictBool = Field(
        default=False,
        description=(
            "Whether to request a token that is bound to a key (DPoP), and to prove"
            " possession of the key."
        ),
    )
    dpop_key: PrivateKey | None = Field(
        default=None,
        description=(
            "The DPoP key in PEM, on P-256. By default each worker generates its own key."
        ),
    )
    allow_plaintext: StrictBool = Field(
        default=False, description="Whether to send the secrets even to a `token_url` without TLS."
    )

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return texts_of(self.private_key, self.dpop_key)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        refuse_plaintext(self.token_url, allowed=self.allow_plaintext)
        if taken := _OURS & self.extra.keys():
            raise ValueError(f"The parameter {min(taken)} has a field of its own.")
        self._check_client()
        self._check_binding()
        if self.grant == "password" and not (self.username and self.password):
            raise ValueError("The grant password needs username and password.")
        if self.grant == "refresh_token" and not self.refresh_token:
            raise ValueError("The grant refresh_token needs a refresh_token.")
        if self.grant == "jwt_bearer" and not self.private_key:
            raise ValueError("The grant jwt_bearer needs a private_key.")
        return self

    def _check_binding(self) -> None:
        if self.dpop_key and not self.dpop:
            raise ValueError("A dpop_key requires dpop. Set dpop to true, or omit the key.")
        if self.dpop_key:
            check_key(self.dpop_key)

    def _check_client(self) -> None:
        how = self.client_authentication
        if how in _WITH_SECRET and not self.client_secret:
            raise ValueError(f"The client authentication {how} needs a client_secret.")
        if how == "private_key_jwt" and not self.private_key:
            raise ValueError("The client authentication private_key_jwt needs a private_key.")
        if how == "none" and self.grant == "client_credentials":
            raise ValueError("The grant client_credentials needs a client authentication.")
        if how == "client_secret_jwt" and self.client_secret:
            secret = self.client_secret.get_secret_value().encode()
            if len(secret) < _SHORTEST_FOR_HMAC:
                raise ValueError("A client_secret that signs must have at least 32 bytes.")
