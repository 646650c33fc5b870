"""Opens one encrypted key or PKCS#12 file in a process of its own, from standard input.

The answer goes to standard output. The process is started by its path and imports nothing of ours.
It sets its limits before it reads the file. So whatever the file makes the library do ends by these
limits, and delays nobody else.
"""

import json
import os
import resource
import sys
from base64 import b64decode
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

_MEGABYTE = 1024 * 1024
_LIMITS = {
    resource.RLIMIT_CPU: 3,
    resource.RLIMIT_AS: 512 * _MEGABYTE,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,
}


def main() -> None:
    for limit, value in _LIMITS.items():
        resource.setrlimit(limit, (value, value))
    # Requests that only need to read take precedence.
    os.nice(10)
    file = json.loads(sys.stdin.buffer.read())
    json.dump(_opened(file), sys.stdout)


def _opened(file: dict[str, Any]) -> dict[str, Any]:
    """Return the key and the certificates without a password, or nothing if opening fails."""
    password = None if file["password"] is None else file["password"].encode()
    try:
        if "key" in file:
            return {"key": _written(load_pem_private_key(file["key"].encode(), password))}
        return _taken_apart(b64decode(file["pkcs12"]), password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return {}


def _taken_apart(binary: bytes, password: bytes | None) -> dict[str, Any]:
    key, certificate, others = pkcs12.load_key_and_certificates(binary, password)
    chain = [certificate, *others] if certificate else []
    return {
        "key": _written(key) if key else "",
        "certificates": "".join(each.public_bytes(Encoding.PEM).decode() for each in chain),
    }


def _written(key: Any) -> str:  # noqa: ANN401 - of any kind that the library knows
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text.decode()


if __name__ == "__main__":
    main()
