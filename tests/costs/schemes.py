"""The worst fields that each scheme of authorization takes, and the worst that its conversation meets.

A new scheme belongs here: `tests/costs/test_costs.py` fails without it, and the benchmark prints it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from probes.auth.side_requests import LARGEST_ANSWER
from probes.exchange import Request, Response
from services.secret_fields import plain
from tests.abuse.schemes import GOOD
from tests.factories.locked_keys import with_file
from tests.probes.auth.asking import conversation, request
from tests.probes.auth.keys import private_pem
from tests.security import costly_files, der

Fields = dict[str, Any]
Answer = Callable[[Request], Response]

_LONG = "é" * 2048
_FORM = b"&".join(b"a=%d" % (each % 10) for each in range(16_000))[: 64 * 1024]
_HEADERS = (
    *((f"X-{each}", "v" * 4096) for each in range(29)),
    ("Content-Type", "application/x-www-form-urlencoded"),
)
_URL = f"https://site.example/{'a' * 1000}?{'&'.join(f'a={each % 10}' for each in range(240))}"


def longest_request() -> Request:
    """Return a request as large as a monitor may make it."""
    return request(_URL, method="POST", body=_FORM, headers=_HEADERS)


def refused(_: Request) -> Response:
    """Answer with as many headers as are read, each of which is a challenge."""
    good = 'Digest realm="r", nonce="n", qop="auth-int", algorithm=SHA-512-256'
    headers = tuple(("WWW-Authenticate", 'Digest a="b", ' * 20) for _ in range(200))
    ntlm = ("WWW-Authenticate", f"NTLM {'TlRMTVNTUAACAAAA' * 500}")
    return Response(status=401, headers=(("WWW-Authenticate", good), ntlm, *headers))


def token(_: Request) -> Response:
    """Answer with the largest token that is taken, which ends at once, so that each check fetches another."""
    token_ = "t" * 7000
    deep: dict[str, Any] = {"a": token_}
    for _level in range(89):
        deep = {"a": deep}
    said = {
        "access_token": token_,
        "id_token": token_,
        "expires_in": 0,
        "more": [{}] * 10_000,
        **deep,
    }
    body = json.dumps(said, separators=(",", ":")).encode()
    assert len(body) <= LARGEST_ANSWER
    return Response(status=200, body=body)


def page(asked: Request) -> Response:
    """Answer with the login page that takes longest to read."""
    if asked.method == "POST":
        return Response(status=302, location="https://shop.example/home")
    body = "<form>" + "<input type=password name=p><input name=u>" + "<b>" * 9900
    headers = tuple(("Set-Cookie", f"c{each}={'v' * 1000}") for each in range(50))
    return Response(status=200, body=body.encode(), headers=headers)


@dataclass(frozen=True, slots=True)
class Worst:
    """Fields that are taken, and how whom they are shown to answers."""

    fields: Callable[[], Fields]
    answer: Answer = field(default=lambda _: Response(status=200))
    request: Callable[[], Request] = longest_request


@cache
def largest_key() -> str:
    """Return an RSA key of the most bits that are taken; made once, which takes a second."""
    return private_pem(rsa.generate_private_key(65_537, 4096))


def strange_key(bits: int) -> str:
    """Return an RSA key of so many bits, whose numbers are those of no key: to find that out takes long."""
    modulus, half = (1 << bits) - 1, (1 << bits // 2) - 1
    numbers = (0, modulus, 65_537, modulus >> 1, *[half] * 5)
    key = der.sequence(*map(der.integer, numbers))
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.value(0x05))
    return costly_files.pem(der.sequence(der.integer(0), algorithm, der.octets(key)), "PRIVATE KEY")


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _with(scheme: str, **more: object) -> Callable[[], Fields]:
    return lambda: {**GOOD[scheme], **more}


def _key_file() -> Fields:
    file = json.loads(GOOD["gcp_service_account"]["service_account"])
    return {"service_account": json.dumps({**file, "private_key": largest_key()}), "scope": "s"}


WORST: Mapping[str, Worst] = {
    "api_key": Worst(_with("api_key", value="k" * 4096)),
    "aws_sigv4": Worst(_with("aws_sigv4", secret_access_key="k" * 4096)),
    "azure": Worst(
        lambda: {
            "tenant": "contoso.example",
            "client_id": "c",
            "scope": "s" * 4096,
            "issuer": "https://issuer.example",
            "subject": "s" * 4096,
            "key_id": "k" * 256,
            "private_key": largest_key(),
        },
        token,
    ),
    "basic": Worst(_with("basic", username=_LONG, password=_LONG)),
    "bearer": Worst(_with("bearer", token="t" * 4096)),
    "ca_bundle": Worst(lambda: {"certificates": GOOD["ca_bundle"]["certificates"] * 100}),
    "client_certificate": Worst(with_file),
    "cloudflare_access": Worst(_with("cloudflare_access", client_secret="s" * 4096)),
    "digest": Worst(_with("digest", username=_LONG, password=_LONG), refused),
    "form_login": Worst(lambda: {**GOOD["form_login"], "csrf_cookie": "c0"}, page),
    "gcp_service_account": Worst(_key_file, token),
    "hawk": Worst(_with("hawk", key="k" * 4096, ext="e" * 256)),
    "headers": Worst(
        lambda: {"headers": [{"name": f"Y-{each}", "value": _LONG[:2000]} for each in range(20)]}
    ),
    "hmac": Worst(
        _with("hmac", key="k" * 16_384, message="{body}" + "{url}" * 49, algorithm="sha512")
    ),
    "http_signature": Worst(
        lambda: {
            "key_id": "k",
            "algorithm": "rsa-pss-sha512",
            "key": largest_key(),
            "components": ["@method", "@target-uri", *(f"x-{each}" for each in range(18))],
            "with_nonce": True,
        }
    ),
    "json_login": Worst(_with("json_login", token_path="$" + ".a" * 90), token),
    "jwt": Worst(
        lambda: {
            "algorithm": "PS512",
            "key": largest_key(),
            "claims": {"a": "{url}" * 20, **{f"c{each}": "x" * 250 for each in range(29)}},
            "token_headers": {f"h{each}": "x" * 4096 for each in range(10)},
        }
    ),
    "negotiate": Worst(_with("negotiate", password="p" * 4096, kdcs=["kdc.example"] * 5)),
    "ntlm": Worst(_with("ntlm", username=_LONG, password=_LONG), refused),
    "oauth1": Worst(
        lambda: {
            **GOOD["oauth1"],
            "method": "RSA-SHA512",
            "private_key": largest_key(),
            "realm": "r" * 4096,
        },
        request=lambda: request(_URL[:1020], method="POST", body=_FORM[:1900], headers=_HEADERS),
    ),
    "oauth2": Worst(
        lambda: {
            "grant": "jwt_bearer",
            "token_url": "https://issuer.example/token",
            "client_id": "c" * 4096,
            "client_authentication": "private_key_jwt",
            "private_key": largest_key(),
            "extra": {f"e{each}": "x" * 4096 for each in range(20)},
        },
        token,
    ),
    "proxy": Worst(_with("proxy", username=_LONG, password=_LONG)),
    "ssh_key": Worst(lambda: {"username": _LONG, "key": largest_key()}),
    "wsse": Worst(_with("wsse", username=_LONG, password=_LONG)),
}


WITH_KEYS = ("azure", "gcp_service_account", "http_signature", "jwt", "oauth1", "oauth2", "ssh_key")
"""The schemes whose worst fields have a private key. To find out makes one, which collecting the tests need not wait for."""


def with_another_key(scheme: str, key: str) -> Fields:
    """Return the worst fields of a scheme with another key wherever it takes one."""
    written = json.dumps(WORST[scheme].fields())
    for spelled in (in_json, lambda text: in_json(in_json(text))):
        written = written.replace(spelled(largest_key()), spelled(key))
    fields: Fields = json.loads(written)
    return fields


def stored(scheme: str) -> Credential:
    """Return the credential as a worker holds it after it was stored."""
    model = SCHEMES[scheme].settings
    settings = model.model_validate(WORST[scheme].fields()).examined()
    restored = model.model_validate(plain(settings), context={"stored": True})
    return Credential(id=1, version=1, scheme=scheme, settings=restored)


def check(held: Credential) -> None:
    """Hold the conversation of one check."""
    worst = WORST[held.scheme]
    conversation(held, worst.request(), worst.answer)
