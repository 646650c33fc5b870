"""The scheme `wsse`: the UsernameToken of WS-Security in the header `X-WSSE`.

The standard prescribes SHA-1. The nonce is hashed as the bytes that its Base64 encodes.
"""

import hashlib
import secrets
from base64 import b64encode
from datetime import UTC, datetime

from pydantic import field_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import Secret, Text
from probes.auth.request_bytes import with_header
from probes.exchange import Request


class WsseSettings(SchemeSettings):
    username: Text
    password: Secret

    @field_validator("username")
    @classmethod
    def _can_be_quoted(cls, username: str) -> str:
        if '"' in username or "\\" in username:
            raise ValueError("Must not contain quotes or backslashes.")
        return username


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, WsseSettings)
    token = username_token(settings, nonce=secrets.token_bytes(16), now=datetime.now(UTC))
    request = with_header(request, "Authorization", 'WSSE profile="UsernameToken"')
    return (yield from send(with_header(request, "X-WSSE", token)))


def username_token(settings: WsseSettings, *, nonce: bytes, now: datetime) -> str:
    created = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    password = settings.password.get_secret_value().encode()
    digest = hashlib.sha1(nonce + created.encode() + password, usedforsecurity=False).digest()
    return (
        f'UsernameToken Username="{settings.username}", PasswordDigest="{_text(digest)}", '
        f'Nonce="{_text(nonce)}", Created="{created}"'
    )


def _text(binary: bytes) -> str:
    return b64encode(binary).decode()
