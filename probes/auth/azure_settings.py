"""The fields of the scheme `azure`: an application, and one of four proofs of its identity."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

import jwt
from jwt.exceptions import PyJWTError
from pydantic import (
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from probes.auth.assertions import PrivateKey, private_key
from probes.auth.base import SchemeSettings, is_stored
from probes.auth.client_certificate import MOST_CERTIFICATES
from probes.auth.fields import ENDPOINT, Key, Pem, Secret, Text, Word, texts_of
from security.private_keys import certificate_files

_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$"
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_WAYS = (
    {"client_secret"},
    {"certificate", "private_key"},
    {"client_assertion"},
    {"issuer", "subject", "private_key", "key_id"},
)
_OF_A_WAY = frozenset().union(*_WAYS)
_NAMES_OF_MANAGED = frozenset({"managed_identity", "identity_endpoint", "msi_endpoint"})
_AUDIENCES = {
    "login.microsoftonline.com": "api://AzureADTokenExchange",
    "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov",
    "login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina",
}


class AzureSettings(SchemeSettings):
    """An application, and one proof of its identity.

    The proof is a secret; a certificate with its key; a federated token; or a key of your own
    issuer.
    """

    tenant: Annotated[str, StringConstraints(pattern=_PATTERN), ENDPOINT] = Field(
        description="The id of the directory (tenant), or one of its domains."
    )
    client_id: Annotated[str, StringConstraints(pattern=_PATTERN)]
    client_secret: Secret | None = None
    certificate: Pem | None = Field(default=None, description="The certificate in PEM.")
    private_key: PrivateKey | None = Field(
        default=None, description="The private key of the certificate or of the issuer, in PEM."
    )
    client_assertion: Key | None = Field(
        default=None,
        description="A federated token: a JWT of an issuer that the application trusts.",
    )
    issuer: Text | None = Field(
        default=None,
        description="An issuer that the application trusts. `private_key` signs in its name.",
    )
    subject: Text | None = Field(
        default=None, description="The subject that the application expects."
    )
    key_id: Word | None = Field(
        default=None, description="The id of the key, as the issuer publishes it."
    )
    scope: Text = Field(description="The scope, such as api://the-application/.default.")
    cloud: Annotated[
        Literal[
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.partner.microsoftonline.cn",
        ],
        ENDPOINT,
    ] = "login.microsoftonline.com"

    @model_validator(mode="before")
    @classmethod
    def _refuse_managed_identities(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was sent
        if isinstance(given, dict) and _NAMES_OF_MANAGED & given.keys():
            raise ValueError(
                "A managed identity would belong to this service, not to you. Give the application "
                "a certificate, or let it trust your issuer."
            )
        return given

    @field_validator("client_assertion")
    @classmethod
    def _is_good(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A token may expire after the credential was stored; then the check reports it.
        if token and is_over(token) and not is_stored(info):
            raise ValueError("The federated token has expired.")
        return token

    @model_validator(mode="after")
    def _check_together(self, info: ValidationInfo) -> Self:
        given = {name for name in _OF_A_WAY if getattr(self, name) is not None}
        if given not in _WAYS:
            raise ValueError(
                "Give either a client_secret, or a certificate with its private_key, or a"
                " client_assertion, or an issuer with subject, private_key and key_id."
            )
        if self.certificate and self.private_key and not is_stored(info):
            chain = certificate_files.load(self.certificate, most=MOST_CERTIFICATES)
            if not certificate_files.is_for(chain[0], private_key(self.private_key, is_known=True)):
                raise ValueError("The private_key does not match the certificate.")
        return self

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return texts_of(self.private_key)

    @property
    def token_url(self) -> str:
        return f"https://{self.cloud}/{self.tenant}/oauth2/v2.0/token"

    @property
    def federated_audience(self) -> str:
        """The audience of an assertion by the user's own issuer."""
        return _AUDIENCES[self.cloud]


def is_over(token: SecretStr) -> bool:
    """Return whether a federated token has expired, or raise `ValueError` if it is no JWT."""
    text = token.get_secret_value()
    if not _TOKEN.fullmatch(text):
        raise ValueError("The federated token is not a JWT.")
    try:
        ends = jwt.decode(text, options={"verify_signature": False}).get("exp")
    except (PyJWTError, ValueError, RecursionError):
        raise ValueError("The federated token is not a JWT.") from None
    return isinstance(ends, int | float) and ends <= datetime.now(UTC).timestamp()
