"""The interface of an authentication scheme: a conversation around a request.

A scheme is a generator function. It yields requests and receives their responses, as a probe does.
It may fetch a token first, add a signature, answer a challenge, or log in. It returns the response
that the probe judges, or raises `AuthorizationError`. Schemes nest: `send` sends a request through
the schemes inside of this one.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from probes.auth.fields import ENDPOINT
from probes.credential import Credential, SchemeSettings, is_stored
from probes.exchange import Request, Response
from probes.failures import Failure

__all__ = [
    "AuthorizationError",
    "Credential",
    "Exchange",
    "Exchanger",
    "Scheme",
    "SchemeSettings",
    "Send",
    "is_stored",
    "settings_of",
]

Exchange = Generator[Request, Response, Response]
Send = Callable[[Request], Exchange]


class AuthorizationError(Exception):
    """The credential did not work. The text is a sentence for the user without any secret.

    `failure` is why a request of the scheme itself, such as one for a token, got no answer. If it
    is an internal failure, the site is not blamed.
    """

    def __init__(self, sentence: str, failure: Failure | None = None) -> None:
        super().__init__(sentence)
        self.failure = failure


SettingsT = TypeVar("SettingsT", bound=SchemeSettings)


def settings_of(credential: Credential, kind: type[SettingsT]) -> SettingsT:
    """Return the fields of a credential of this scheme."""
    if not isinstance(credential.settings, kind):
        raise TypeError("The credential belongs to another scheme.")
    return credential.settings


Exchanger = Callable[[Credential, Request, Send], Exchange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One scheme: the model of its fields, and its conversation.

    `transport` means that it only shapes the connection. So the site receives no secret, and plain
    http reveals none. `everywhere` means that it applies wherever a redirect leads, as a proxy
    does.
    """

    settings: type[SchemeSettings]
    exchange: Exchanger
    transport: bool = False
    everywhere: bool = False

    @property
    def endpoints(self) -> frozenset[str]:
        """The names of the fields that determine where the scheme itself sends secrets."""
        fields = self.settings.model_fields.items()
        return frozenset(name for name, field in fields if ENDPOINT in field.metadata)
