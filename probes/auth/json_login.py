"""The scheme `json_login`: posts a user name and a password as JSON, and reads a token."""

import json
from collections.abc import Generator
from functools import partial
from typing import Annotated, Self

import jsonpath_rfc9535
from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import HeaderName, Secret, Text, Word
from probes.auth.request_bytes import with_header
from probes.auth.sessions import Session, lasting, within
from probes.auth.side_requests import (
    Endpoint,
    asked,
    beside,
    json_of,
    posting,
    refuse_plaintext,
    sendable,
)
from probes.exchange import Request, Response

_WHO = "The login address"


class JsonLoginSettings(SchemeSettings):
    login_url: Endpoint
    username: Text
    password: Secret
    username_field: Word = "username"
    password_field: Word = "password"  # noqa: S105 - the name of a field
    extra: Annotated[dict[Word, Text], Field(max_length=20)] = Field(
        default_factory=dict,
        description="Further fields of the posted object. Secrets do not belong here.",
    )
    token_path: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="$.token", description="The JSONPath (RFC 9535) of the token in the answer."
    )
    header: HeaderName = "Authorization"
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,32}$")] = "Bearer"
    lifetime_seconds: StrictInt = Field(default=1800, ge=60, le=3600)
    allow_plaintext: StrictBool = Field(
        default=False, description="Whether to send the password even to a `login_url` without TLS."
    )

    @field_validator("token_path")
    @classmethod
    def _leads_to_one_value(cls, path: str) -> str:
        try:
            query = jsonpath_rfc9535.compile(path)
        except (jsonpath_rfc9535.JSONPathError, RecursionError):
            raise ValueError("Not a JSONPath such as $.token or $.data.access_token.") from None
        if not query.singular_query():
            raise ValueError("The JSONPath must select one value. Use only names and indices.")
        return path

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        refuse_plaintext(self.login_url, allowed=self.allow_plaintext)
        if self.username_field == self.password_field:
            raise ValueError(
                "The fields of the user name and of the password need different names."
            )
        if {self.username_field, self.password_field} & self.extra.keys():
            raise ValueError(
                "A field of extra has the name of the user name's or the password's field."
            )
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, JsonLoginSettings)

    def ask(token: str) -> Exchange:
        value = f"{settings.prefix} {token}" if settings.prefix else token
        return send(with_header(request, settings.header, value))

    return (yield from within(credential, partial(_fetched, settings, request), ask))


def _fetched(
    settings: JsonLoginSettings, request: Request
) -> Generator[Request, Response, Session[str]]:
    said = {
        **settings.extra,
        settings.username_field: settings.username,
        settings.password_field: settings.password.get_secret_value(),
    }
    login = posting(beside(request, settings.login_url), "application/json", json.dumps(said))
    answer = json_of((yield from asked(login, _WHO)), _WHO)
    found = jsonpath_rfc9535.find_one(settings.token_path, answer)
    return lasting(sendable(found.value if found else None, _WHO), settings.lifetime_seconds)
