"""The scheme `ca_bundle`: the authorities to trust for a site with a private certificate."""

from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import Field, ValidationInfo, field_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, is_stored, settings_of
from probes.auth.fields import Pem
from probes.exchange import Request
from security.private_keys import certificate_files

_MOST = 100
_KEY = "authorities"


class CaBundleSettings(SchemeSettings):
    certificates: Pem = Field(
        description="PEM. These count instead of the usual ones, for the site and for logins to it."
    )

    @field_validator("certificates")
    @classmethod
    def _are_certificates(cls, text: str, info: ValidationInfo) -> str:
        if not is_stored(info):
            certificate_files.load(text, most=_MOST)
        return text


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    if _KEY not in credential.memory:
        settings = settings_of(credential, CaBundleSettings)
        found = certificate_files.load(settings.certificates, most=_MOST)
        # Only the certificates: any text between them would be parsed for each check.
        pem = b"".join(each.public_bytes(Encoding.PEM) for each in found)
        credential.memory[_KEY] = pem
    return (yield from send(replace(request, authorities=credential.memory[_KEY])))
