"""The scheme `azure`: an application of Microsoft Entra ID, by its secret or its certificate."""

from base64 import urlsafe_b64encode
from functools import partial
from typing import Annotated, Literal, Self

from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import Field, StringConstraints, model_validator

from probes.auth.assertions import PrivateKey, private_key, signed
from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.beside import asked, json_of
from probes.auth.client_certificate import certificates
from probes.auth.fields import Pem, Secret, Text
from probes.auth.oauth2 import WHO, Fetched, token_of, token_request_to, with_token
from probes.exchange import Request

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$"


class AzureSettings(SchemeSettings):
    tenant: Annotated[str, StringConstraints(pattern=_PATTERN)] = Field(
        description="The id of the directory, or a domain of it."
    )
    client_id: Annotated[str, StringConstraints(pattern=_PATTERN)]
    client_secret: Secret | None = None
    certificate: Pem | None = Field(default=None, description="PEM; instead of a secret.")
    private_key: PrivateKey | None = Field(default=None, description="PEM, of the certificate.")
    scope: Text = Field(description="Such as api://the-application/.default.")
    cloud: Literal[
        "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"
    ] = "login.microsoftonline.com"

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        given = {self.certificate is not None, self.private_key is not None}
        if given != {self.client_secret is None}:
            raise ValueError("Give either a client_secret, or a certificate with its private_key.")
        if self.certificate and self.private_key:
            public = certificates(self.certificate)[0].public_key()
            if public != private_key(self.private_key).public_key():
                raise ValueError("The private_key is not that of the certificate.")
        return self

    @property
    def token_url(self) -> str:
        return f"https://{self.cloud}/{self.tenant}/oauth2/v2.0/token"


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, AzureSettings)
    return (yield from with_token(credential, request, send, partial(_fetched, settings, request)))


def _fetched(settings: AzureSettings, request: Request) -> Fetched:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "scope": settings.scope,
        **_proof(settings),
    }
    answer = yield from asked(token_request_to(request, settings.token_url, form), WHO)
    return token_of(json_of(answer, WHO))


def _proof(settings: AzureSettings) -> dict[str, str]:
    if settings.client_secret:
        return {"client_secret": settings.client_secret.get_secret_value()}
    if settings.certificate is None or settings.private_key is None:
        raise TypeError("There is nothing to prove the client with.")
    print_ = certificates(settings.certificate)[0].fingerprint(SHA256())
    headers = {"x5t#S256": urlsafe_b64encode(print_).rstrip(b"=").decode()}
    claims = {"iss": settings.client_id, "sub": settings.client_id, "aud": settings.token_url}
    assertion = signed(claims, settings.private_key, headers=headers)
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}
