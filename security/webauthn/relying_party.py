"""Passkeys of one installation (WebAuthn): options for browsers, and verified answers.

The rp id and the origin come from the public URL of the settings, never from a request.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from security.links import LIFETIMES, Purpose

_NAME = "Downtime Monitor"
_TIMEOUT = int(LIFETIMES[Purpose.PASSKEY_LOGIN].total_seconds() * 1000)
_LONGEST = 20_000
"""No answer of an authenticator without an attestation comes near it."""


class PasskeyError(Exception):
    """The answer of an authenticator is malformed or wrong. Its text is for the log."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """What an assertion is verified against."""

    public_key: bytes
    sign_count: int
    backup_eligible: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """An answer before it is verified: which key it claims to be of, and for which challenge."""

    credential_id: bytes
    user_handle: bytes | None
    challenge: str
    raw: str


@dataclass(frozen=True, slots=True)
class Verified:
    sign_count: int
    backed_up: bool


class RelyingParty:
    """The installation, as authenticators know it."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.id = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}"

    def creation_options(
        self, *, challenge: str, user_handle: bytes, email: str, present: Iterable[bytes]
    ) -> dict[str, Any]:
        """Return what a browser passes to `navigator.credentials.create`, in its JSON form."""
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=_NAME,
            user_name=email,
            user_id=user_handle,
            challenge=challenge.encode(),
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in present],
        )
        return _as_json(options)

    def request_options(self, *, challenge: str) -> dict[str, Any]:
        """Return what a browser passes to `navigator.credentials.get`, in its JSON form.

        It names no key, so it tells nothing about any account.
        """
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge.encode(),
            timeout=_TIMEOUT,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _as_json(options)

    def register(self, answer: Mapping[str, Any], *, challenge: str) -> NewPasskey:
        """Return a new key, or raise `PasskeyError`."""
        try:
            found = webauthn.verify_registration_response(
                credential=_text(answer),
                expected_challenge=challenge.encode(),
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise PasskeyError(type(error).__name__) from error
        is_eligible = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        return NewPasskey(
            found.credential_id,
            found.credential_public_key,
            found.sign_count,
            is_eligible,
            found.credential_backed_up,
        )

    def verify(self, assertion: Assertion, stored: StoredPasskey) -> Verified:
        """Verify an assertion by the key that is stored, or raise `PasskeyError`."""
        try:
            found = webauthn.verify_authentication_response(
                credential=assertion.raw,
                expected_challenge=assertion.challenge.encode(),
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=stored.public_key,
                credential_current_sign_count=stored.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise PasskeyError(type(error).__name__) from error
        is_eligible = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        if is_eligible != stored.backup_eligible:
            raise PasskeyError("backup eligibility")
        return Verified(found.new_sign_count, found.credential_backed_up)


def read(answer: Mapping[str, Any]) -> Assertion:
    """Read an assertion without believing it, or raise `PasskeyError`."""
    raw = _text(answer)
    try:
        found = parse_authentication_credential_json(raw)
        challenge = parse_client_data_json(found.response.client_data_json).challenge
        return Assertion(found.raw_id, found.response.user_handle, challenge.decode(), raw)
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyError(type(error).__name__) from error


def challenge_of_registration(answer: Mapping[str, Any]) -> str:
    """Return the challenge that a registration claims to answer, or raise `PasskeyError`."""
    try:
        found = parse_registration_credential_json(_text(answer))
        return parse_client_data_json(found.response.client_data_json).challenge.decode()
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyError(type(error).__name__) from error


def in_base64url(raw: bytes) -> str:
    """Return bytes as WebAuthn writes them in JSON."""
    return str(bytes_to_base64url(raw))


def _as_json(options: Any) -> dict[str, Any]:  # noqa: ANN401 - either kind of options
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def _text(answer: Mapping[str, Any]) -> str:
    text = json.dumps(answer)
    if len(text) > _LONGEST:
        raise PasskeyError("size")
    return text
