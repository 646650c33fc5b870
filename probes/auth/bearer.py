"""The scheme `bearer`: a token that was issued beforehand (RFC 6750)."""

from pydantic import Field, SecretStr, field_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.request_bytes import with_header
from probes.exchange import Request


class BearerSettings(SchemeSettings):
    token: SecretStr
    prefix: str = Field(default="Bearer", pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$")

    @field_validator("token")
    @classmethod
    def _is_printable(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text or len(text) > 8192 or not all("!" <= char <= "~" for char in text):  # noqa: PLR2004 - a header's worth
            raise ValueError("Must be 1 to 8,192 printable ASCII characters without spaces.")
        return token


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, BearerSettings)
    value = f"{settings.prefix} {settings.token.get_secret_value()}"
    return (yield from send(with_header(request, "Authorization", value)))
