"""The fields of the scheme `negotiate`, and their checks before a ticket is requested."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from probes.auth.base import SchemeSettings, is_stored
from probes.auth.fields import ENDPOINT, Key, Secret
from probes.auth.negotiate.keytab import principals
from probes.auth.negotiate.library import library
from probes.endpoints import parse_endpoint
from probes.urls import Url

_PORT = 88
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,200}"


def _kdc(text: str) -> str:
    _place(text)
    return text


def _place(text: str) -> Url:
    return parse_endpoint(f"kdc://{text}", {"kdc": _PORT})


Kdc = Annotated[str, Field(min_length=1, max_length=260), AfterValidator(_kdc)]


class NegotiateSettings(SchemeSettings):
    """A Kerberos principal, with a password or a keytab."""

    principal: Annotated[str, StringConstraints(pattern=r"^[^\s@\\\x00-\x1f\x7f]{1,100}$")] = Field(
        description="The principal without the realm: `monitor`, or `HTTP/host`."
    )
    realm: Annotated[str, StringConstraints(pattern=rf"^{_HOST}$", max_length=100)] = Field(
        description="The realm, with its exact capitalization; usually in capital letters."
    )
    password: Secret | None = None
    keytab: Key | None = Field(default=None, description="The keytab file in Base64.")
    spn: Annotated[str, StringConstraints(pattern=rf"^[A-Za-z]{{1,30}}[@/]{_HOST}$")] | None = (
        Field(
            default=None,
            description="The service principal. By default `HTTP@` and the host of the site.",
        )
    )
    kdcs: Annotated[tuple[Kdc, ...], Field(min_length=1, max_length=5), ENDPOINT] = Field(
        description=(
            "The key distribution centers of the realm: hosts or addresses, with a port"
            " unless it is 88."
        )
    )

    @field_validator("keytab")
    @classmethod
    def _is_a_keytab(cls, keytab: SecretStr | None) -> SecretStr | None:
        if keytab is not None:
            principals(_decoded(keytab))
        return keytab

    @model_validator(mode="after")
    def _check_together(self, info: ValidationInfo) -> Self:
        if (self.password is None) == (self.keytab is None):
            raise ValueError("Give either a password or a keytab.")
        if self.keytab and self.full_name not in principals(_decoded(self.keytab)):
            raise ValueError(f"The keytab contains no key of {self.full_name}.")
        if not is_stored(info) and library() is None:
            raise ValueError("This installation cannot use Kerberos: libgssapi_krb5 is missing.")
        return self

    @property
    def full_name(self) -> str:
        return f"{self.principal}@{self.realm}"

    @property
    def keytab_text(self) -> str:
        """The keytab in Base64, without the line breaks that users paste."""
        return "".join(self.keytab.get_secret_value().split()) if self.keytab else ""

    @property
    def places(self) -> tuple[Url, ...]:
        return tuple(map(_place, self.kdcs))


def _decoded(keytab: SecretStr) -> bytes:
    try:
        return b64decode("".join(keytab.get_secret_value().split()), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("The keytab is not in Base64.") from None
