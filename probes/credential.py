"""A credential as a worker holds it: what the schemes in `probes/auth` are given to work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo

from security.private_keys import opening as key_opening
from security.private_keys import pem


class SchemeSettings(BaseModel):
    """The fields of a credential of one scheme. Whatever is secret is a `SecretStr`.

    `REPLACES` names the fields that go where another one is given. Fields that need a child are
    stored only as `examined` returns them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    REPLACES: ClassVar[Mapping[str, frozenset[str]]] = {}

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """Return the keys in PEM that sign, none of which needs a password."""
        return ()

    @property
    def needs_child(self) -> bool:
        """Tell whether there is something that takes long to look into: a password, or a large key."""
        return any(map(pem.is_slow, self.signing_keys))

    def examined(self) -> Self:
        """Look into it, which takes a second, and return what to store; raises `ValueError` saying why not."""
        for key in filter(pem.is_slow, self.signing_keys):
            key_opening.validate(key)
        return self


def is_stored(info: ValidationInfo) -> bool:
    """Tell whether fields are read again that were taken before: keys in them were validated then."""
    return bool((info.context or {}).get("stored"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A decrypted credential, as a worker holds it.

    `origins` are those of the sites that it may be sent to, as RFC 6454 writes them: none unless given.
    `memory` is the scheme's own: tokens, nonces and cookies of this version of the credential, in
    this process. It is used by one thread.
    """

    id: int
    version: int
    scheme: str
    settings: SchemeSettings = field(repr=False)
    origins: frozenset[str] = frozenset()
    memory: dict[str, Any] = field(repr=False, default_factory=dict)
