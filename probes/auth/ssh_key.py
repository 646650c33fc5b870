"""The scheme `ssh_key`: a user name and a private key, with which a check logs in by SSH (RFC 4252).

The key signs the login to one server and is never sent, so a server that poses as another learns
nothing that it could use.
"""

from typing import Self

from pydantic import Field, ValidationInfo, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, is_stored
from probes.auth.fields import Key, Text
from probes.exchange import Request
from security.private_keys import pem


class SshKeySettings(SchemeSettings):
    username: Text
    key: Key = Field(
        description=(
            "The private key in PEM, without a password: RSA with 2048 to 4096 bits, a NIST curve,"
            " or Ed25519."
        )
    )

    @model_validator(mode="after")
    def _is_key(self, info: ValidationInfo) -> Self:
        if not is_stored(info):
            pem.load(self.key.get_secret_value())
        return self

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return (self.key.get_secret_value(),)


def exchange(_credential: Credential, request: Request, send: Send) -> Exchange:
    """Send the request as it is: no kind that speaks HTTP takes this scheme."""
    return (yield from send(request))
