"""The scheme `proxy`: a proxy between this service and the site (RFC 9110 §7.6, RFC 1928)."""

import re
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import ENDPOINT, Secret, Text
from probes.exchange import Proxy, Request
from probes.urls import parse_url

_SHAPE = re.compile(r"(https?|socks5h)://([^/?#@]+:[0-9]{1,5})/?")
_LONGEST_FOR_SOCKS = 255


class ProxySettings(SchemeSettings):
    """A proxy. A user name without a password is sent with an empty password."""

    url: Annotated[str, ENDPOINT] = Field(
        description="The URL of the proxy: http, https or socks5h, with a host and a port."
    )
    username: Text | None = None
    password: Secret | None = None
    authentication: Literal["basic", "digest"] = "basic"

    @field_validator("url")
    @classmethod
    def _has_a_port(cls, text: str) -> str:
        match = _SHAPE.fullmatch(text)
        if not match:
            raise ValueError(
                "Not a proxy such as http://proxy.example.com:3128: http, https or socks5h, a host "
                "and a port."
            )
        place = parse_url(f"http://{match[2]}")
        shown = f"[{place.host}]" if ":" in place.host else place.host
        return f"{match[1]}://{shown}:{place.port}"

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.username is None and self.password is not None:
            raise ValueError("A password needs a user name.")
        if self.url.startswith("socks5h"):
            self._check_socks()
        elif self.authentication == "basic" and ":" in (self.username or ""):
            raise ValueError(
                "The user name must not contain a colon, after which the password begins."
            )
        return self

    def _check_socks(self) -> None:
        password = self.password.get_secret_value() if self.password else ""
        if self.authentication == "digest":
            raise ValueError("SOCKS proxies do not support Digest.")
        if max(len((self.username or "").encode()), len(password.encode())) > _LONGEST_FOR_SOCKS:
            raise ValueError(f"SOCKS accepts at most {_LONGEST_FOR_SOCKS} bytes.")


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, ProxySettings)
    proxy = Proxy(
        url=settings.url,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password else None,
        digest=settings.authentication == "digest",
    )
    return (yield from send(replace(request, proxy=proxy)))
