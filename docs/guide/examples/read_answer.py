"""Open and check an encrypted answer of Downtime Monitor: pip install joserfc.

python read_answer.py KEY_FILE JWKS_FILE ISSUER RECIPIENT < answer

KEY_FILE is your private key as JWK, JWKS_FILE what /.well-known/jwks.json answered, ISSUER the address of
the system, RECIPIENT the id of your recipient. Writes the claims; `answer` is what plain JSON would say.
"""

import json
import sys
from pathlib import Path
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import KeySet, import_key


def main(key_file: str, jwks_file: str, issuer: str, recipient: str) -> None:
    inner = opened(sys.stdin.read().strip(), json.loads(Path(key_file).read_text()))
    jwks = KeySet.import_key_set(json.loads(Path(jwks_file).read_text()))
    json.dump(verified(inner, jwks, issuer, recipient), sys.stdout)


def opened(sealed: str, jwk: dict[str, Any]) -> bytes:
    """Decrypt, with no other algorithms than ours: no compression, no passwords."""
    algorithm = "RSA-OAEP-256" if jwk["kty"] == "RSA" else "ECDH-ES+A256KW"
    found = jwe.decrypt_compact(sealed, import_key(jwk), algorithms=[algorithm, "A256GCM"])
    if found.protected.get("cty") != "JWT" or found.plaintext is None:
        sys.exit("This is no nested JWT.")
    return found.plaintext


def verified(inner: bytes, jwks: KeySet, issuer: str, recipient: str) -> dict[str, Any]:
    """Return the claims, if it is an answer that the system signed for this recipient just now."""
    token = jwt.decode(inner.decode(), jwks, algorithms=["ES256"])
    if token.header.get("typ") != "downtime-answer+jwt":
        sys.exit("This is no answer.")
    needed = {name: {"essential": True} for name in ("iat", "exp", "jti", "org", "path", "answer")}
    rules = jwt.JWTClaimsRegistry(
        **needed,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": recipient},
    )
    rules.validate(token.claims)
    return token.claims


if __name__ == "__main__":
    main(*sys.argv[1:])
