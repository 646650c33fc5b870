"""The values of one multistep check, and where they may be sent.

A site may repeat what it was sent. So a value that was extracted after a credential was sent goes
only to the origins of that credential. Otherwise a step could carry its secret to another site.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.evaluation.outcome import Cause
from domain.multistep.placeholders import Value, text_of
from probes.auth.basic import BasicSettings
from probes.credential import Credential
from probes.failures import Failure, down, not_for_origin
from probes.kinds.multistep.settings import PASSWORD, USERNAME, UUID, RequestStep
from probes.masking import secrets_of, without
from probes.urls import Url

_SHORTEST = 4
"""A shorter secret would mask ordinary words."""


@dataclass(slots=True)
class Carried:
    """The values so far. `origins` are those that new values may go to; None means any."""

    values: dict[str, Value] = field(default_factory=dict, repr=False)
    origins: frozenset[str] | None = None
    _bound: dict[str, frozenset[str]] = field(default_factory=dict)
    _secrets: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def of(cls, credential: Credential | None) -> "Carried":
        """Return the values that exist before the first step."""
        carried = cls({UUID: str(uuid.uuid4())})
        if credential and isinstance(credential.settings, BasicSettings):
            username, password = credential.settings.username, credential.settings.password
            given = {
                USERNAME: username,
                PASSWORD: password.get_secret_value() if password else "",
            }
            carried.values |= {name: value for name, value in given.items() if value}
            carried._bound |= dict.fromkeys(given, credential.origins)
        return carried

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(self._secrets)

    def bind(self, credentials: Iterable[Credential]) -> None:
        """Note that these credentials are sent: values from now on go only to their origins."""
        for each in credentials:
            self.origins = each.origins if self.origins is None else self.origins & each.origins

    def add(self, name: str, value: Value, *, is_secret: bool) -> None:
        self.values[name] = value
        self._bound.pop(name, None)
        if self.origins is not None:
            self._bound[name] = self.origins
        if is_secret and len(text_of(value)) >= _SHORTEST:
            self._secrets.add(text_of(value))

    def refused(self, step: RequestStep, origin: str) -> Failure | None:
        """Return why a step cannot send its values to an origin, or None if it can."""
        for name in sorted(step.used):
            if name not in self.values:
                return down(Cause.ANSWER, f"The value {name} is missing.")
            if name in self._bound and origin not in self._bound[name]:
                return not_for_origin()
        return None

    def refused_redirect(self, step: RequestStep, url: Url) -> Failure | None:
        """Return why a step is not redirected to this URL, or None if it can be.

        A site may redirect wherever its address says, and repeat a value that the step inserted.
        """
        kept = [
            text_of(self.values[name])
            for name in step.used & self._bound.keys()
            if url.origin_text not in self._bound[name]
        ]
        is_free = without(url.text, secrets_of((), kept)) == url.text
        return None if is_free else not_for_origin()
