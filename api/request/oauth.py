"""The requests and answers of the token endpoint, strictly in the terms of RFC 6749."""

import base64
import binascii
import uuid
from collections.abc import Mapping
from urllib.parse import unquote_plus

from flask import Response, jsonify, request
from werkzeug.datastructures import MultiDict

from domain.machines import Scheme
from security.jwt.client_assertions import claimed_client
from server.identity.clients import client_certificate
from services.machines.client_authentication import Proof

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class OAuthError(Exception):
    """An error response of RFC 6749, section 5.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description

    def response(self) -> Response:
        answer = jsonify(error=self.code, error_description=self.description)
        answer.status_code = 401 if self.code == "invalid_client" else 400
        if self.code == "invalid_client":
            answer.headers["WWW-Authenticate"] = 'Basic realm="oauth"'
        return answer


def form() -> dict[str, str]:
    """Parse the body. Raise `OAuthError` if it is no form or repeats a parameter."""
    if request.mimetype != _FORM:
        raise OAuthError("invalid_request", f"Send the body as {_FORM}.")
    given: MultiDict[str, str] = request.form
    if any(len(values) > 1 for values in given.listvalues()):
        raise OAuthError("invalid_request", "A parameter occurs twice.")
    if request.args:
        raise OAuthError("invalid_request", "Send the parameters in the body.")
    # A parameter without a value counts as missing.
    return {name: value for name, value in given.items() if value}


def proof(given: Mapping[str, str]) -> Proof:
    """Return the proof of the client. A request with more than one is refused."""
    found = [each for each in (_basic(), _post(given), _assertion(given)) if each is not None]
    if len(found) > 1:
        raise OAuthError("invalid_request", "Use only one way to authenticate.")
    shown = found[0] if found else _certificate(given)
    if shown is None:
        raise refused()
    if given.get("client_id", str(shown.client_id)) != str(shown.client_id):
        raise OAuthError("invalid_request", "The request names two different clients.")
    return shown


def refused() -> OAuthError:
    return OAuthError("invalid_client", "The client could not be authenticated.")


def _basic() -> Proof | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise refused() from error
    # Both parts are form-encoded (RFC 6749, section 2.3.1).
    client_id, _, secret = decoded.partition(":")
    return Proof(_id(unquote_plus(client_id)), Scheme.CLIENT_SECRET, unquote_plus(secret))


def _post(given: Mapping[str, str]) -> Proof | None:
    if "client_secret" not in given:
        return None
    return Proof(_id(given.get("client_id", "")), Scheme.CLIENT_SECRET, given["client_secret"])


def _assertion(given: Mapping[str, str]) -> Proof | None:
    if "client_assertion" not in given and "client_assertion_type" not in given:
        return None
    if given.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError("invalid_request", f"`client_assertion_type` must be {ASSERTION_TYPE}.")
    text = given.get("client_assertion", "")
    client_id = claimed_client(text)
    if client_id is None:
        raise refused()
    return Proof(client_id, Scheme.PRIVATE_KEY_JWT, text)


def _certificate(given: Mapping[str, str]) -> Proof | None:
    thumbprint = client_certificate()
    if thumbprint is None or "client_id" not in given:
        return None
    return Proof(_id(given["client_id"]), Scheme.TLS_CLIENT_AUTH, thumbprint)


def _id(text: str) -> uuid.UUID:
    try:
        found = uuid.UUID(text)
    except ValueError as error:
        raise refused() from error
    if str(found) != text:
        raise refused()
    return found
