"""The scheme `gcp_service_account`: a Google identity or access token, by an account's JSON key.

The key file names the token endpoint that would receive a signed assertion. Only Google's is
accepted.
"""

import json
from functools import cached_property, partial
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from probes.auth.assertions import private_key, signed
from probes.auth.base import Credential, Exchange, SchemeSettings, Send, is_stored, settings_of
from probes.auth.fields import Key, Text, Word, texts_of
from probes.auth.oauth2.scheme import WHO, Fetched, token_of, token_request_to, with_token
from probes.auth.side_requests import asked, json_of
from probes.exchange import Request

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class _KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    type: Literal["service_account"]
    client_email: Word
    private_key: Key
    private_key_id: Word
    token_uri: Literal["https://oauth2.googleapis.com/token"]


class GcpServiceAccountSettings(SchemeSettings):
    """A service account, with a `target_audience` or a `scope`.

    Use `target_audience` for Cloud Run, IAP and functions, and `scope` for Google's APIs.
    """

    service_account: Key = Field(description="The complete JSON key file.")
    target_audience: Text | None = None
    scope: Text | None = None

    @field_validator("service_account")
    @classmethod
    def _is_a_key_file(cls, text: SecretStr, info: ValidationInfo) -> SecretStr:
        file = _key_file(text)
        if not is_stored(info):
            private_key(file.private_key)
        return text

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return texts_of(self.key_file.private_key)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if bool(self.target_audience) == bool(self.scope):
            raise ValueError("Give either a target_audience or a scope.")
        return self

    @cached_property
    def key_file(self) -> _KeyFile:
        return _key_file(self.service_account)


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, GcpServiceAccountSettings)
    return (yield from with_token(credential, request, send, partial(_fetched, settings, request)))


def _fetched(settings: GcpServiceAccountSettings, request: Request) -> Fetched:
    account = settings.key_file
    claims = {"iss": account.client_email, "sub": account.client_email, "aud": TOKEN_URL}
    if settings.target_audience:
        claims["target_audience"] = settings.target_audience
    else:
        claims["scope"] = settings.scope or ""
    assertion = signed(claims, account.private_key, headers={"kid": account.private_key_id})
    form = {"grant_type": _JWT_BEARER, "assertion": assertion}
    answer = yield from asked(token_request_to(request, TOKEN_URL, form), WHO)
    name = "id_token" if settings.target_audience else "access_token"
    return token_of(json_of(answer, WHO), name)


def _key_file(text: SecretStr) -> _KeyFile:
    try:
        return _KeyFile.model_validate(json.loads(text.get_secret_value()))
    except ValidationError as error:
        names = sorted({str(each["loc"][0]) if each["loc"] else "it" for each in error.errors()})
        raise ValueError(
            f"Not the key file of a service account: see {', '.join(names)}."
        ) from None
    except (ValueError, RecursionError):
        raise ValueError("Not the key file of a service account: it is not JSON.") from None
