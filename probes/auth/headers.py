"""The scheme `headers`: any headers whose values are secret."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import HeaderName, Secret
from probes.auth.request_bytes import with_header
from probes.exchange import Request
from probes.http_headers import checked_value


class SecretHeader(SchemeSettings):
    name: HeaderName
    value: Secret

    @model_validator(mode="after")
    def _may_be_sent(self) -> Self:
        checked_value(self.name, self.value.get_secret_value())
        return self


class HeadersSettings(SchemeSettings):
    headers: Annotated[tuple[SecretHeader, ...], Field(min_length=1, max_length=20)]

    @field_validator("headers")
    @classmethod
    def _differ(cls, headers: tuple[SecretHeader, ...]) -> tuple[SecretHeader, ...]:
        if len({each.name.lower() for each in headers}) < len(headers):
            raise ValueError("A header occurs twice.")
        return headers


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    for each in settings_of(credential, HeadersSettings).headers:
        request = with_header(request, each.name, each.value.get_secret_value())
    return (yield from send(request))
