"""The scheme `oauth1`: a signed request with a token that was issued before (RFC 5849)."""

from typing import Literal, Self
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from oauthlib.oauth1 import Client  # type: ignore[import-untyped]  # It ships no types.
from pydantic import SecretStr, ValidationInfo, model_validator

from probes.auth.base import (
    AuthorizationError,
    Credential,
    Exchange,
    SchemeSettings,
    Send,
    is_stored,
    settings_of,
)
from probes.auth.fields import Key, Secret, Text, Word, texts_of
from probes.auth.request_bytes import header, with_header
from probes.exchange import Request
from security.private_keys import pem as key_pem

_FORM = "application/x-www-form-urlencoded"
_LARGEST_FORM = 16 * 1024
_MOST_PARAMETERS = 500
_READABLE = "%=&;:+~,*@!()/?-._"
"""The characters that oauthlib accepts in a query or form; all others are percent-encoded first."""


class Oauth1Settings(SchemeSettings):
    """A consumer, and optionally a token. Without a token the request is called two-legged."""

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

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return texts_of(self.private_key)

    @model_validator(mode="after")
    def _can_sign(self, info: ValidationInfo) -> Self:
        if self.method.startswith("RSA") != (self.private_key is not None):
            raise ValueError("Only the RSA methods have a private key.")
        if self.private_key is None and self.consumer_secret is None:
            raise ValueError("Give the consumer secret.")
        if self.realm and ('"' in self.realm or "\\" in self.realm):
            raise ValueError("A realm must not contain quotes or backslashes.")
        if self.private_key is not None and not is_stored(info):
            _rsa_key(self.private_key, is_known=False)
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, Oauth1Settings)
    if settings.private_key is not None and "key" not in credential.memory:
        # Parsing a PEM key takes longer than signing with it.
        credential.memory["key"] = _rsa_key(settings.private_key, is_known=True)
    signer = client(settings, key=credential.memory.get("key"))
    value = authorization(signer, settings.realm, request)
    return (yield from send(with_header(request, "Authorization", value)))


def client(
    settings: Oauth1Settings,
    *,
    key: RSAPrivateKey | None = None,
    nonce: str | None = None,
    timestamp: str | None = None,
) -> Client:
    """Return the signer; nonce and time are new for each request unless they are given."""
    return Client(
        settings.consumer_key,
        client_secret=_text(settings.consumer_secret),
        resource_owner_key=settings.token,
        resource_owner_secret=_text(settings.token_secret),
        signature_method=settings.method,
        rsa_key=key,
        nonce=nonce,
        timestamp=timestamp,
    )


def _rsa_key(pem: SecretStr, *, is_known: bool) -> RSAPrivateKey:
    """Parse the key, or raise `ValueError` with what to correct."""
    key = key_pem.load(pem.get_secret_value(), is_known=is_known)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("The private key is not an RSA key in PEM.")  # noqa: TRY004 - bad input
    return key


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def authorization(signer: Client, realm: str | None, request: Request) -> str:
    """Return the header. It covers the parameters of a form, but no other body."""
    where, mark, query = request.url.text.partition("?")
    kind = (header(request, "Content-Type") or "").partition(";")[0].strip().lower()
    is_form = bool(request.body) and kind == _FORM and request.method not in {"GET", "HEAD"}
    form = (request.body or b"") if is_form else b""
    # Each parameter is encoded twice and sorted, in Python.
    if len(form) > _LARGEST_FORM or form.count(b"&") + query.count("&") > _MOST_PARAMETERS:
        raise AuthorizationError(
            f"OAuth 1.0a signs each parameter: a form may have {_LARGEST_FORM // 1024} KiB and"
            f" {_MOST_PARAMETERS:,} parameters at most."
        )
    try:
        _, headers, _ = signer.sign(
            where + mark + quote(query, safe=_READABLE),
            request.method,
            body=quote(form, safe=_READABLE) if is_form else None,
            headers={"Content-Type": _FORM} if is_form else {},
            realm=realm,
        )
    except ValueError:
        raise AuthorizationError("The query or form cannot be signed by OAuth 1.0a.") from None
    return str(headers["Authorization"])
