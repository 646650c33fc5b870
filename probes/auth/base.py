"""What a scheme of authorization is: a way to hold the conversation around a request.

A scheme is a generator function. It yields requests and is sent their responses, as a probe is: it may
fetch a token first, add a signature, answer a challenge, or log in. It returns the response that
the probe judges, or raises `AuthorizationError`. Schemes nest: `send` carries out a request with
whatever is inside of this one.
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
    """The credential did not work. The text is a sentence for the user and holds no secret.

    `failure` is what kept a request of the scheme's own, such as that for a token, from an answer:
    when that was our own failure, nothing is said against the site.
    """

    def __init__(self, sentence: str, failure: Failure | None = None) -> None:
        super().__init__(sentence)
        self.failure = failure


SettingsT = TypeVar("SettingsT", bound=SchemeSettings)


def settings_of(credential: Credential, kind: type[SettingsT]) -> SettingsT:
    """Return the fields as those of one scheme."""
    if not isinstance(credential.settings, kind):
        raise TypeError("The credential is one of another scheme.")
    return credential.settings


Exchanger = Callable[[Credential, Request, Send], Exchange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One scheme: the model of its fields and how it holds the conversation.

    `transport` says that it shapes the connection only, so that no secret is in what the site is
    sent and plain http does not betray it. `everywhere` says that it holds wherever a redirect leads,
    as the way out of a proxy does.
    """

    settings: type[SchemeSettings]
    exchange: Exchanger
    transport: bool = False
    everywhere: bool = False

    @property
    def endpoints(self) -> frozenset[str]:
        """Name the fields that say where the scheme itself sends secrets."""
        fields = self.settings.model_fields.items()
        return frozenset(name for name, field in fields if ENDPOINT in field.metadata)
