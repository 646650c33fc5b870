"""A credential as a worker holds it: what the schemes in `probes/auth` are given to work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo


class SchemeSettings(BaseModel):
    """The fields of a credential of one scheme. Whatever is secret is a `SecretStr`.

    `REPLACES` names the fields that go where another one is given. Fields that are locked are
    stored only as `unlocked` returns them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    REPLACES: ClassVar[Mapping[str, frozenset[str]]] = {}

    @property
    def is_locked(self) -> bool:
        """Tell whether something in here is encrypted with a password of the user's."""
        return False

    def unlocked(self) -> Self:
        """Return the same without a password, which takes a second; raises `ValueError` saying why not."""
        return self


def is_stored(info: ValidationInfo) -> bool:
    """Tell whether fields are read again that were taken before: keys in them were validated then."""
    return bool((info.context or {}).get("stored"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A decrypted credential, as a worker holds it.

    `memory` is the scheme's own: tokens, nonces and cookies of this version of the credential, in
    this process. It is used by one thread.
    """

    id: int
    version: int
    scheme: str
    settings: SchemeSettings = field(repr=False)
    memory: dict[str, Any] = field(repr=False, default_factory=dict)
