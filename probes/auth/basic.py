"""The scheme `basic`: a user name and a password with every request (RFC 7617)."""

from base64 import b64encode
from typing import Literal, Self

from pydantic import field_validator, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import Secret, Text
from probes.auth.request_bytes import with_header
from probes.exchange import Request


class BasicSettings(SchemeSettings):
    """A user name and a password.

    Some sites take a key as the user name without a password, or as the password without a user
    name.
    """

    username: Text | Literal[""] = ""
    password: Secret | None = None
    charset: Literal["utf-8", "latin-1"] = "utf-8"

    @field_validator("username")
    @classmethod
    def _has_no_colon(cls, username: str) -> str:
        if ":" in username:
            raise ValueError("Must not contain a colon, after which the password begins.")
        return username

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.username and self.password is None:
            raise ValueError("Give a user name, a password, or both.")
        try:
            _pair(self)
        except UnicodeEncodeError:
            raise ValueError("Latin-1 cannot encode all of these characters.") from None
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    pair = _pair(settings_of(credential, BasicSettings))
    value = f"Basic {b64encode(pair).decode()}"
    return (yield from send(with_header(request, "Authorization", value)))


def _pair(settings: BasicSettings) -> bytes:
    password = settings.password.get_secret_value() if settings.password else ""
    return f"{settings.username}:{password}".encode(settings.charset)
