"""The scheme `oauth1`: a signed request with a token that was issued beforehand (RFC 5849)."""

from typing import Literal, Self
from urllib.parse import quote

from jwt.exceptions import InvalidKeyError
from oauthlib.oauth1 import Client  # type: ignore[import-untyped]  # It ships no types.
from pydantic import SecretStr, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    settings_of,
)
from probes.auth.fields import Key, Secret, Text, Word
from probes.auth.wire import header, with_header
from probes.exchange import Request

_FORM = "application/x-www-form-urlencoded"
_READABLE = "%=&;:+~,*@!()/?-._"
"""What oauthlib takes in a query or form; the rest is the same once it is percent-encoded."""


class Oauth1Settings(SchemeSettings):
    """The token may be left out, which is called two-legged."""

    consumer_key: Word
    consumer_secret: Secret | None = None
    token: Word | None = None
    token_secret: Secret | None = None
    method: Literal[
        "HMAC-SHA1",
        "HMAC-SHA256",
        "HMAC-SHA512",
        "RSA-SHA1",
        "RSA-SHA256",
        "RSA-SHA512",
        "PLAINTEXT",
    ] = "HMAC-SHA1"
    private_key: Key | None = None
    realm: Text | None = None

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        if self.method.startswith("RSA") != (self.private_key is not None):
            raise ValueError("A private key belongs to the RSA methods, and to no other.")
        if self.private_key is None and self.consumer_secret is None:
            raise ValueError("Give the consumer secret.")
        if self.realm and ('"' in self.realm or "\\" in self.realm):
            raise ValueError("A realm may not hold quotes or backslashes.")
        try:
            client(self).sign("https://example.com/")
        except (InvalidKeyError, ValueError, TypeError, AttributeError):
            raise ValueError("The private key is not an RSA key in PEM.") from None
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, Oauth1Settings)
    value = authorization(client(settings), settings.realm, request)
    return (yield from send(with_header(request, "Authorization", value)))


def client(
    settings: Oauth1Settings, *, nonce: str | None = None, timestamp: str | None = None
) -> Client:
    """Return what signs; nonce and time are new for each request unless they are given."""
    return Client(
        settings.consumer_key,
        client_secret=_text(settings.consumer_secret),
        resource_owner_key=settings.token,
        resource_owner_secret=_text(settings.token_secret),
        signature_method=settings.method,
        rsa_key=_text(settings.private_key),
        nonce=nonce,
        timestamp=timestamp,
    )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def authorization(signer: Client, realm: str | None, request: Request) -> str:
    """Return the header. The parameters of a form count; any other body is not covered."""
    where, mark, query = request.url.text.partition("?")
    kind = (header(request, "Content-Type") or "").partition(";")[0].strip().lower()
    is_form = bool(request.body) and kind == _FORM and request.method not in {"GET", "HEAD"}
    try:
        _, headers, _ = signer.sign(
            where + mark + quote(query, safe=_READABLE),
            request.method,
            body=quote(request.body or b"", safe=_READABLE) if is_form else None,
            headers={"Content-Type": _FORM} if is_form else {},
            realm=realm,
        )
    except ValueError:
        raise AuthorizationError(
            "The query or form cannot be signed as OAuth 1.0a wants."
        ) from None
    return str(headers["Authorization"])
