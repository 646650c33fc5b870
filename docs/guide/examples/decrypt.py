"""Check and open an export of Downtime Monitor: pip install pyrage "pyjwt[crypto]".

python decrypt.py KEY_FILE JWKS_FILE manifest.jws

KEY_FILE is what `age-keygen` wrote, JWKS_FILE what /.well-known/jwks.json answered. The parts lie beside
the manifest. Each is written there without `.age`, and nothing is if a single byte is not as signed.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import jwt
import pyrage


def main(key_file: str, jwks_file: str, manifest_file: str) -> None:
    manifest = verified(Path(manifest_file).read_text(), json.loads(Path(jwks_file).read_text()))
    directory = Path(manifest_file).parent
    parts = [directory / part["name"] for part in manifest["parts"]]
    for path, part in zip(parts, manifest["parts"], strict=True):
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != part["sha256"]:
            sys.exit(f"{path.name} is not what was signed.")
    for path in parts:
        # Fails if a chunk is changed, moved or missing.
        pyrage.decrypt_file(str(path), str(path.with_suffix("")), [identity(key_file)])
        print(path.with_suffix(""))  # noqa: T201 - its output


def verified(manifest: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """Return what a manifest says, if one of these keys signed it."""
    header = jwt.get_unverified_header(manifest)
    if header.get("typ") != "downtime-export+jws":
        sys.exit("This is no manifest of an export.")
    keys = {key["kid"]: key for key in jwks["keys"]}
    key = jwt.PyJWK(keys[header["kid"]])
    return jwt.decode(manifest, key, algorithms=["ES256"], options={"verify_aud": False})


def identity(key_file: str) -> "pyrage.x25519.Identity":
    lines = Path(key_file).read_text().splitlines()
    (text,) = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    return pyrage.x25519.Identity.from_str(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
