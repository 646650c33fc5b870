"""`azure` and `gcp_service_account` at an authorization server that others wrote: Authlib's takes what they send."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import trustme
from joserfc.jwk import Key, RSAKey

from probes.auth.base import AuthorizationError, Credential
from probes.exchange import Response
from tests.probes.auth.asking import conversation, credential, request
from tests.probes.auth.carried import carried
from tests.probes.auth.keys import RSA, private_pem
from tests.servers.authorization_server import Client, Issuer
from tests.servers.wsgi import served

MICROSOFT = "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
GOOGLE = "https://oauth2.googleapis.com/token"
ACCOUNT = "watch@p.iam.gserviceaccount.com"
SECRET = "canary+secret/of:the%app"
PEM = private_pem(RSA)
ISSUED = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
    "app@contoso.example", key_type=trustme.KeyType.RSA
)
CERTIFICATE = ISSUED.cert_chain_pems[0].bytes().decode()
KEY = ISSUED.private_key_pem.bytes().decode()
Fields = dict[str, Any]


@dataclass
class Place:
    issuer: Issuer
    url: str

    def conversation(self, held: Credential) -> Response:
        paths = {MICROSOFT: "/token", GOOGLE: "/token", request().url.text: "/resource"}
        return conversation(held, request(), carried(self.url, paths))[1]


@pytest.fixture
def place() -> Iterator[Place]:
    def assertion(name: str, key: Key) -> Client:
        return Client(name, "", "client_assertion_jwt", key)

    clients = [
        Client("secret", SECRET, "client_secret_post"),
        assertion("certified", RSAKey.import_key(KEY)),
        assertion("federated", RSAKey.import_key(PEM)),
        assertion(ACCOUNT, RSAKey.import_key(PEM)),
    ]
    issuer = Issuer({each.id: each for each in clients})
    issuer.audiences += [MICROSOFT, GOOGLE, "api://AzureADTokenExchange"]
    with served(issuer.app()) as url:
        yield Place(issuer, url)


def azure(client_id: str, **given: object) -> Credential:
    fields = {"tenant": "contoso.example", "scope": "api://x/.default", "client_id": client_id}
    return credential("azure", {**fields, **given})


def google(pem: str) -> Credential:
    account = {
        "type": "service_account", "private_key_id": "key-1", "private_key": pem,
        "client_email": ACCOUNT, "token_uri": GOOGLE,
    }  # fmt: skip
    fields = {"service_account": json.dumps(account), "scope": "https://api.example/read"}
    return credential("gcp_service_account", fields)


@pytest.mark.parametrize(
    ("client_id", "given"),
    [
        ("secret", {"client_secret": SECRET}),
        ("certified", {"certificate": CERTIFICATE, "private_key": KEY}),
        # Authlib wants client and issuer to be one; Entra ID compares them with what was agreed on.
        (
            "federated",
            {"issuer": "federated", "subject": "federated", "key_id": "k", "private_key": PEM},
        ),
    ],
)
def test_an_application_gets_in(place: Place, client_id: str, given: Fields) -> None:
    answer = place.conversation(azure(client_id, **given))
    assert (answer.status, answer.body) == (200, b"inside")
    assert place.issuer.forms[0]["scope"] == "api://x/.default"
    assert place.issuer.seen == {"token": 1, "resource": 1}


def test_a_service_account_gets_in(place: Place) -> None:
    answer = place.conversation(google(PEM))
    assert (answer.status, answer.body) == (200, b"inside")
    assert place.issuer.forms[0]["grant_type"].endswith(":grant-type:jwt-bearer")


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (azure("secret", client_secret="wrong"), "401 invalid_client"),
        (azure("certified", client_secret=SECRET), "401 invalid_client"),
        (azure("federated", certificate=CERTIFICATE, private_key=KEY), "400 invalid_client"),
        (google(KEY), "400 invalid_grant"),
    ],
)
def test_a_refusal_is_told_in_the_servers_code(place: Place, held: Credential, words: str) -> None:
    with pytest.raises(AuthorizationError) as caught:
        place.conversation(held)
    assert str(caught.value) == f"The token endpoint answered {words}."
    assert place.issuer.seen["resource"] == 0
