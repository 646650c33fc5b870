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
        description="`tls` needs a credential of the scheme `client_certificate` beside this one.",
    )
    client_secret: Secret | None = None
    basic_encoding: Literal["rfc6749", "raw"] = Field(
        default="rfc6749",
        description="Whether id and secret are form-encoded before they are joined for Basic.",
    )
    private_key: PrivateKey | None = Field(
        default=None, description="PEM; signs assertions by RS256 or the ES of its curve."
    )
    key_id: Word | None = None
    issuer: Text | None = Field(
        default=None,
        description="Of the authorization server: the audience of assertions, else `token_url` is.",
    )
    subject: Text | None = Field(
        default=None, description="For whom `jwt_bearer` asks; else for the client itself."
    )
    username: Text | None = None
    password: Secret | None = None
    refresh_token: Secret | None = Field(
        default=None, description="If the server changes it, the new one is kept in memory only."
    )
    scope: Text | None = None
    audience: Text | None = None
    resource: Text | None = None
    extra: Annotated[dict[Word, Text], Field(max_length=20)] = Field(
        default_factory=dict, description="Further parameters of the token request. No secrets."
    )
    dpop: StrictBool = Field(
        default=False, description="Ask for a token that is bound to a key, and prove to hold it."
    )
    dpop_key: PrivateKey | None = Field(
        default=None, description="PEM, of P-256; else each worker makes a key of its own."
    )
    allow_plaintext: StrictBool = Field(
        default=False, description="Send the secrets even to a `token_url` of plain http."
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
            raise ValueError("A dpop_key is for dpop: set that to true, or leave the key out.")
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
                raise ValueError("To sign with a client_secret it needs 32 bytes or more.")
