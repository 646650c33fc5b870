"""Decrypted credentials, which the schemes in `probes/auth` work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo

from security.private_keys import opening as key_opening
from security.private_keys import pem


class SchemeSettings(BaseModel):
    """The fields of a credential of one scheme. Every secret field is a `SecretStr`.

    `REPLACES` names the fields that a given field replaces. Fields that need a child process are
    stored only as `examined` returns them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    REPLACES: ClassVar[Mapping[str, frozenset[str]]] = {}

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The signing keys in PEM, none of which needs a password."""
        return ()

    @property
    def needs_child(self) -> bool:
        """Whether validation is slow, because of a password or a large key."""
        return any(map(pem.is_slow, self.signing_keys))

    def examined(self) -> Self:
        """Validate in a child process, for about a second, and return what to store.

        Raise `ValueError` with the reason otherwise.
        """
        for key in filter(pem.is_slow, self.signing_keys):
            key_opening.validate(key)
        return self


def is_stored(info: ValidationInfo) -> bool:
    """Return whether the fields were stored before, so their keys are already validated."""
    return bool((info.context or {}).get("stored"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdentity:
    """A client certificate and its key, both PEM without a password, so no check derives a key."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A decrypted credential in a worker.

    `origins` are the origins that it may be sent to, as RFC 6454 writes them; none by default.
    `memory` belongs to the scheme: tokens, nonces and cookies of this version of the credential, in
    this process. The engine's thread and that of the coroutines use it, for different origins.
    """

    id: int
    version: int
    scheme: str
    settings: SchemeSettings = field(repr=False)
    origins: frozenset[str] = frozenset()
    memory: dict[str, Any] = field(repr=False, default_factory=dict)
