"""DPoP, against oidc-provider, which issues the tokens, and oauth4webapi, which judges the proofs (both Node)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import AuthorizationError, Credential
from probes.exchange import Request, Response
from tests.probes.auth.asking import check, conversation, credential, header, request
from tests.probes.auth.keys import EC, RSA, private_pem
from tests.probes.auth.token_endpoint import issuing
from tests.probes.conftest import Prober
from tests.servers.verifier import issuer

SECRET = "canary-secret-of-the-client-with-32-bytes"
P256 = private_pem(EC["ES256"])
CLIENT = {
    "client_id": "monitor",
    "client_secret": SECRET,
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "response_types": [],
    "dpop_bound_access_tokens": True,
}
Fields = dict[str, Any]


def held(url: str = "https://issuer.example", **given: object) -> Credential:
    fields = {"token_url": f"{url}/token", "client_id": "monitor", "client_secret": SECRET}
    return credential("oauth2", {**fields, "allow_plaintext": True, "dpop": True, **given})


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "nonces"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    with issuer({"clients": [CLIENT], "nonces": request.param}) as url:
        yield url


@pytest.mark.parametrize("given", [{}, {"dpop_key": P256}], ids=["own key", "given key"])
def test_a_bound_token_is_issued_and_taken(probe: Prober, place: str, given: Fields) -> None:
    one = held(place, **given)
    for method in ("GET", "POST", "GET"):
        url = f"{place}/resource?a=b%20c"
        result = check(probe, url, one, method=method, keyword="inside")
        assert result.outcome is Outcome.UP, result.detail


def test_a_nonce_that_has_changed_is_asked_for_once(probe: Prober, place: str) -> None:
    one = held(place)
    assert check(probe, f"{place}/resource", one).outcome is Outcome.UP
    urlopen(f"{place}/next-nonce", timeout=10).close()  # noqa: S310 - loopback
    assert check(probe, f"{place}/resource", one).outcome is Outcome.UP


def test_a_token_that_is_not_bound_is_not_issued(probe: Prober, place: str) -> None:
    result = check(probe, f"{place}/resource", held(place, dpop=False))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The token endpoint answered 400 invalid_grant."


def test_a_token_of_another_key_is_refused(probe: Prober, place: str) -> None:
    stolen, own = held(place), held(place)
    assert check(probe, f"{place}/resource", stolen).outcome is Outcome.UP
    own.memory["session"] = stolen.memory["session"]
    own.memory["dpop"] = None
    urlopen(f"{place}/next-nonce", timeout=10).close()  # noqa: S310 - loopback
    # What is refused is fetched anew, with the own key.
    assert check(probe, f"{place}/resource", own).outcome is Outcome.UP
    assert own.memory["session"] is not stolen.memory["session"]


Answer = Callable[[Request], Response]
NONCE = (("DPoP-Nonce", "n-1"),)
WANTED = (*NONCE, ("WWW-Authenticate", 'DPoP realm="x", error="use_dpop_nonce", algs="ES256"'))


def claims(asked: Request) -> dict[str, Any]:
    """Verify a proof by the key that it names, and return what it says."""
    proof = header(asked, "DPoP")
    named = jwt.decode(proof, lambda found: ECKey.import_key(found.headers()["jwk"]))
    assert named.header["typ"] == "dpop+jwt"
    assert set(named.header["jwk"]) == {"kty", "crv", "x", "y"}
    return named.claims


def test_a_proof_names_the_request_and_the_token() -> None:
    site = request("https://site.example/a%20b?c=d#", method="PUT")
    asked, _ = conversation(held(), site, issuing(access_token="t-1", token_type="DPoP"))
    first, second = map(claims, asked)
    assert (first["htm"], first["htu"]) == ("POST", "https://issuer.example/token")
    assert (second["htm"], second["htu"]) == ("PUT", "https://site.example/a%20b")
    assert "ath" not in first
    expected = urlsafe_b64encode(sha256(b"t-1").digest()).rstrip(b"=").decode()
    assert second["ath"] == expected
    assert first["jti"] != second["jti"]
    assert header(asked[1], "Authorization") == "DPoP t-1"


@pytest.mark.parametrize("status", [400, 401])
def test_a_server_that_wants_ever_new_nonces_is_not_asked_for_ever(status: int) -> None:
    counted = 0

    def answer(asked: Request) -> Response:
        nonlocal counted
        if asked.method == "POST":
            counted += 1
            headers = (("DPoP-Nonce", f"n-{counted}"),)
            return Response(status=status, headers=headers, body=b'{"error": "use_dpop_nonce"}')
        return Response(status=200)

    with pytest.raises(AuthorizationError, match=f"answered {status} use_dpop_nonce"):
        conversation(held(), request(), answer)
    assert counted == 2


def bound(answer: Response) -> Answer:
    issue = issuing(access_token="t", token_type="DPoP")
    return lambda asked: issue(asked) if asked.method == "POST" else answer


@pytest.mark.parametrize(
    ("headers", "requests"),
    [
        # A token, its use, and its use with the nonce.
        (WANTED, 3),
        (NONCE, 2),
        (WANTED[1:], 2),
        ((("DPoP-Nonce", "a b"), WANTED[1]), 2),
        ((("DPoP-Nonce", "x" * 2000), WANTED[1]), 2),
        ((*NONCE, *NONCE, WANTED[1]), 2),
    ],
)
def test_only_a_proper_nonce_that_is_asked_for_is_worth_another_request(
    headers: tuple[tuple[str, str], ...], requests: int
) -> None:
    one = held()
    asked, last = conversation(one, request(), bound(Response(status=401, headers=headers)))
    assert last.status == 401
    assert len(asked) == requests


@pytest.mark.parametrize("kind", ["Bearer", None, 7])
def test_a_token_that_is_not_bound_is_not_used(kind: object) -> None:
    given = {} if kind is None else {"token_type": kind}
    with pytest.raises(AuthorizationError, match="a token that is not a DPoP token"):
        conversation(held(), request(), issuing(access_token="t", **given))


def test_a_bound_token_is_no_bearer_token() -> None:
    with pytest.raises(AuthorizationError, match="a token that is not a bearer token"):
        conversation(held(dpop=False), request(), issuing(access_token="t", token_type="DPoP"))


def test_a_header_of_the_user_does_not_stand_in_for_the_proof(probe: Prober, place: str) -> None:
    result = check(probe, f"{place}/resource", held(place), headers={"DPoP": "forged"})
    assert result.outcome is Outcome.UP, result.detail


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dpop_key": private_pem(RSA)}, "P-256"),
        ({"dpop_key": private_pem(ec.generate_private_key(ec.SECP384R1()))}, "P-256"),
        ({"dpop_key": "none"}, "not a private key in PEM"),
        ({"dpop": False, "dpop_key": P256}, "Set dpop to true"),
        ({"dpop": "yes"}, "dpop"),
    ],
)
def test_keys_that_cannot_bind_are_refused(given: Fields, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        held(**given)
    assert SECRET not in str(caught.value)
