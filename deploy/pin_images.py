"""Write the digests of images beside their tags, so that nobody gets another image under the same name.

    make pin-images REGISTRY=https://registry.example.com

asks the registry (the OCI distribution API) for the manifest of each image of docker-compose.yml and
deploy/Dockerfile, and compares what it is sent with the digest that it is told. Nothing is changed
unless all of them were seen.
"""
# ruff: noqa: INP001, T201 - a program of its own, which needs nothing installed

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

FILES = ("docker-compose.yml", "deploy/Dockerfile")
_IMAGE = re.compile(
    r"^(?P<before>\s*image:\s*|FROM\s+)"
    r"(?P<image>[a-z0-9][a-z0-9._/-]*:[A-Za-z0-9_][A-Za-z0-9._-]*)(?:@sha256:[0-9a-f]{64})?"
    r"(?P<after>[ \t]*(?:AS[ \t]+\S+)?[ \t]*)$",
    re.MULTILINE,
)
_KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LARGEST = 4 * 1024 * 1024
_SECONDS = 20
_PART_OF_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class PinError(Exception):
    """The text says what could not be found out."""


def main(arguments: Sequence[str]) -> int:
    if len(arguments) not in (1, 2):
        print("Usage: make pin-images REGISTRY=https://registry.example.com", file=sys.stderr)
        return 2
    registry, root = arguments[0].rstrip("/"), Path(*arguments[1:])
    texts = {name: (root / name).read_text() for name in FILES}
    try:
        digests = {image: seen(registry, image) for image in images(texts.values())}
    except PinError as error:
        print(f"{error} Nothing was changed.", file=sys.stderr)
        return 1
    for name, text in texts.items():
        (root / name).write_text(pinned(text, digests))
    for image, digest in digests.items():
        print(f"{image} is {digest}")
    return 0


def images(texts: Iterable[str]) -> list[str]:
    """Return the images of others, each once; those that are built here have a variable as their tag."""
    found = (match["image"] for text in texts for match in _IMAGE.finditer(text))
    return list(dict.fromkeys(found))


def pinned(text: str, digests: Mapping[str, str]) -> str:
    """Write the digests in place of those that there are, and leave everything else as it is."""
    return _IMAGE.sub(
        lambda found: (
            f"{found['before']}{found['image']}@{digests[found['image']]}{found['after']}"
        ),
        text,
    )


def seen(registry: str, image: str) -> str:
    """Return the digest of a manifest that the registry sent; raises `PinError`."""
    name, _, tag = image.partition(":")
    path = name if "/" in name else f"library/{name}"
    url = f"{registry}/v2/{path}/manifests/{tag}"
    try:
        notified, body = _manifest(url)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise PinError(f"The manifest of {image} could not be had: {reason}.") from error
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if notified not in ("", digest):
        raise PinError(f"The manifest of {image} is not what its digest says.")
    if not isinstance(json.loads(body), dict):
        raise PinError(f"The registry sent no manifest of {image}.")
    return digest


def _manifest(url: str) -> tuple[str, bytes]:
    headers = {"Accept": ", ".join(_KINDS)}
    try:
        return _get(url, headers)
    except HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        if error.code != 401 or not challenge.startswith("Bearer "):  # noqa: PLR2004 - a status
            raise
    return _get(url, {**headers, "Authorization": f"Bearer {_token(challenge, url)}"})


def _token(challenge: str, url: str) -> str:
    """Ask for the token of anybody, where the registry says that it is given out."""
    parts = dict(_PART_OF_CHALLENGE.findall(challenge))
    realm = parts.pop("realm", "")
    if urlsplit(realm).scheme not in {"https", urlsplit(url).scheme}:
        raise ValueError("its tokens are given out in the clear")
    _, body = _get(f"{realm}?{urlencode(parts)}", {})
    answer = json.loads(body)
    return str(answer.get("token") or answer.get("access_token") or "")


def _get(url: str, headers: dict[str, str]) -> tuple[str, bytes]:
    if urlsplit(url).scheme not in {"https", "http"}:
        raise ValueError("it has no address of the web")
    # Of these schemes only.
    with urlopen(Request(url, headers=headers), timeout=_SECONDS) as answer:  # noqa: S310 # nosec B310
        body = answer.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise ValueError("it is too long")
        return answer.headers.get("Docker-Content-Digest", ""), body


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
