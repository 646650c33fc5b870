"""A credential as a worker holds it: what the schemes in `probes/auth` are given to work with."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict


class SchemeSettings(BaseModel):
    """The fields of a credential of one scheme. Whatever is secret is a `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


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
