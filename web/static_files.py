"""The files of the pages: styles, scripts and icons, under a name that changes with them.

All files share the hash of their tree, so scripts import each other by relative paths and a browser
keeps every file for a year.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import NotFound

_HERE = Path(__file__).parent / "static"
_YEAR = 31_536_000
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}
_SERVED = frozenset({".css", ".js", ".mjs", ".svg", ".png", ".ico"})

blueprint = Blueprint("static_files", __name__)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes
    media_type: str


@blueprint.get("/static/<tree>/<path:name>")
def serve(tree: str, name: str) -> Response:
    """Answer with a file of the present tree. Other trees are those of an earlier version."""
    found = _files().get(name)
    if found is None:
        raise NotFound
    is_compressed = request.accept_encodings["gzip"] > 0
    content = found.compressed if is_compressed else found.content
    response = Response(content, content_type=found.media_type)
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    is_present = tree == release()
    response.headers["Cache-Control"] = (
        f"public, max-age={_YEAR}, immutable" if is_present else "no-cache"
    )
    return response


def url(name: str) -> str:
    """Return the address of a file. Raise `KeyError` if there is none."""
    return _url(request.script_root, name)


@lru_cache(maxsize=1_000)
def _url(_root: str, name: str) -> str:
    """Build it once below each root of the application: a page names a hundred of them."""
    if name not in _files():
        raise KeyError(name)
    return url_for("static_files.serve", tree=release(), name=name)


@cache
def _files() -> Mapping[str, _File]:
    return {
        str(path.relative_to(_HERE)): _read(path)
        for path in sorted(_HERE.rglob("*"))
        if path.is_file() and path.suffix in _SERVED
    }


@cache
def release() -> str:
    """Return the hash of all files, which is part of their addresses."""
    digest = hashlib.sha256()
    for name, file in _files().items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(file.content).digest())
    return digest.hexdigest()[:10]


def _read(path: Path) -> _File:
    content = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    media_type = guessed or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return _File(content, gzip.compress(content, mtime=0), media_type)
