"""The scheme `api_key`: a key in a header, in the query or in a cookie (OpenAPI's `apiKey`)."""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import Secret, Word
from probes.auth.request_bytes import with_cookie, with_header, with_query
from probes.exchange import Request
from probes.http_headers import checked_value

_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")


class ApiKeySettings(SchemeSettings):
    name: Word
    value: Secret
    place: Literal["header", "query", "cookie"] = Field(default="header")

    @model_validator(mode="after")
    def _fits_its_place(self) -> Self:
        value = self.value.get_secret_value()
        if self.place == "header":
            checked_value(self.name, value)
        elif self.place == "cookie":
            if not _COOKIE_NAME.fullmatch(self.name):
                raise ValueError(
                    "The name of a cookie may contain only letters, digits and hyphens."
                )
            if not _COOKIE_VALUE.fullmatch(value):
                raise ValueError(
                    "A cookie may contain only ASCII characters except spaces, quotes, commas, "
                    "semicolons and backslashes."
                )
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, ApiKeySettings)
    return (yield from send(_with_key(request, settings, settings.value)))


def _with_key(request: Request, settings: ApiKeySettings, secret: SecretStr) -> Request:
    value = secret.get_secret_value()
    match settings.place:
        case "header":
            return with_header(request, settings.name, value)
        case "query":
            return with_query(request, settings.name, value)
        case "cookie":
            return with_cookie(request, settings.name, value)
