"""Fields for each scheme of authorization that are good, for tests that spoil one of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import trustme

from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from tests.probes.auth.asking import credential
from tests.probes.auth.keys import RSA, SHARED, SHARED_BASE64, private_pem

Fields = dict[str, Any]
Path = tuple[str | int, ...]

_PEM = private_pem(RSA)
_LOGIN: Fields = {"username": "ursula", "password": "canary-password"}
_CLIENT: Fields = {"client_id": "c", "client_secret": "canary-secret-of-the-client-0123456789"}
_AUTHORITY = trustme.CA()
_ISSUED = _AUTHORITY.issue_cert("client@shop.example")
_KEY_FILE: Fields = {
    "type": "service_account",
    "client_email": "watch@p.iam.example",
    "private_key": _PEM,
    "private_key_id": "key-1",
    "token_uri": "https://oauth2.googleapis.com/token",
}

GOOD: Mapping[str, Fields] = {
    "api_key": {"name": "X-Api-Key", "value": "canary-key"},
    "aws_sigv4": {
        "region": "eu-central-1",
        "service": "execute-api",
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": "canary-secret",
        "session_token": "canary-session",
    },
    "azure": {"tenant": "contoso.example", "scope": "api://x/.default", **_CLIENT},
    "basic": _LOGIN,
    "bearer": {"token": "canary-token", "prefix": "Bearer"},
    "ca_bundle": {"certificates": _AUTHORITY.cert_pem.bytes().decode()},
    "client_certificate": {
        "certificate": _ISSUED.cert_chain_pems[0].bytes().decode(),
        "key": _ISSUED.private_key_pem.bytes().decode(),
    },
    "cloudflare_access": {"client_id": "c.access", "client_secret": "canary-secret"},
    "digest": _LOGIN,
    "form_login": {
        **_LOGIN,
        "login_url": "https://shop.example/login",
        "form": "login",
        "username_field": "name",
        "password_field": "word",
        "success_location": "/home",
        "csrf_cookie": "xsrf",
        "csrf_header": "X-Xsrf",
    },
    "gcp_service_account": {"service_account": json.dumps(_KEY_FILE), "scope": "s"},
    "hawk": {"id": "id", "key": "canary-key", "ext": "more", "app": "app", "delegated_by": "other"},
    "headers": {"headers": [{"name": "X-Tenant", "value": "canary-tenant"}]},
    "hmac": {
        "key": "canary-key",
        "key_id": "k",
        "header": "X-Signature",
        "value": "k={key_id},s={signature}",
        "timestamp_header": "X-Time",
        "nonce_header": "X-Nonce",
    },
    "http_signature": {
        "key_id": "k",
        "algorithm": "hmac-sha256",
        "key": SHARED_BASE64,
        "components": ["@method", "@target-uri"],
        "label": "sig1",
        "tag": "t",
    },
    "json_login": {
        **_LOGIN,
        "login_url": "https://shop.example/login",
        "username_field": "name",
        "password_field": "word",
        "extra": {"tenant": "t"},
        "token_path": "$.access_token",
        "header": "X-Session",
        "prefix": "Token",
    },
    "jwt": {
        "algorithm": "HS256",
        "key": SHARED,
        "key_id": "k",
        "type": "JWT",
        "claims": {"sub": "me"},
        "header": "X-Jwt",
        "prefix": "Bearer",
    },
    "negotiate": {
        "principal": "monitor",
        "realm": "SHOP.EXAMPLE",
        "password": "canary-password",
        "spn": "HTTP@shop.example",
        "kdcs": ["kdc.shop.example:88"],
    },
    "ntlm": {**_LOGIN, "domain": "DOM"},
    "oauth1": {
        "consumer_key": "c",
        "consumer_secret": "canary-secret",
        "token": "t",
        "token_secret": "canary-token",
        "realm": "r",
    },
    "oauth2": {
        **_CLIENT,
        **_LOGIN,
        "grant": "password",
        "token_url": "https://issuer.example/token",
        "scope": "s",
        "audience": "a",
        "resource": "https://shop.example/",
        "extra": {"prompt": "none"},
    },
    "proxy": {**_LOGIN, "url": "http://proxy.example:3128"},
    "ssh_key": {"username": "ursula", "key": _PEM},
    "wsse": _LOGIN,
}


def held(scheme: str, **given: object) -> Credential:
    return credential(scheme, {**GOOD[scheme], **given})


def texts() -> Iterator[tuple[str, Path]]:
    """Give the way to each text in the fields of each scheme, names in them included."""
    for scheme in SCHEMES:
        for path in _paths(GOOD[scheme], ()):
            yield scheme, path


def _paths(value: object, before: Path) -> Iterator[Path]:
    if isinstance(value, str):
        yield before
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*before, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*before, index))


def spoiled(scheme: str, path: Path, spoil: str) -> Fields:
    """Return good fields with this in the middle of one text."""
    fields: Fields = json.loads(json.dumps(GOOD[scheme]))
    place: Any = fields
    for step in path[:-1]:
        place = place[step]
    text: str = place[path[-1]]
    middle = len(text) // 2
    place[path[-1]] = text[:middle] + spoil + text[middle:]
    return fields
