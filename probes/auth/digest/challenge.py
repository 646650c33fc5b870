"""Parses the Digest challenges of a server (RFC 7616 §3.3), and chooses the strongest.

The server may be hostile: a malformed, unknown or too long challenge is not answered.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from probes.auth.base import AuthorizationError

HASHES = {
    "SHA-512-256": "sha512_256",
    "SHA-256": "sha256",
    "SHA-512": "sha512",
    "SHA": "sha1",
    "MD5": "md5",
}
"""The hashlib names of the algorithms, the strongest first."""

_LONGEST = 1024
_MOST_CHALLENGES = 100
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - the word of the grammar
_GAP = re.compile(r"[ \t,]*")
_SCHEME = re.compile(_TOKEN)
_PARAMETER = re.compile(
    rf'[ \t,]*({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN})(?![^ \t,]))'
)
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))")
_ESCAPED = re.compile(r"\\(.)")
_KNOWN = {name: name.capitalize() for name in ("basic", "bearer", "negotiate")} | {"ntlm": "NTLM"}

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A challenge that can be answered. `algorithm` is as the server wrote it, `qop` as chosen."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str | None
    hash_name: str
    is_session: bool
    qop: Literal["auth", "auth-int", ""]
    userhash: bool
    is_stale: bool

    @property
    def rank(self) -> int:
        return list(HASHES.values()).index(self.hash_name)


def strongest(headers: Iterable[tuple[str, str]]) -> Challenge | None:
    """Return the challenge to answer, or None without a challenge of any scheme.

    Raise `AuthorizationError` if none of them is supported. The scheme never falls back to one that
    would reveal the password.
    """
    values = (value for name, value in headers if name.lower() == "www-authenticate")
    each_of_all = (each for value in values for each in challenges(value))
    found = list(islice(each_of_all, _MOST_CHALLENGES))
    if not found:
        return None
    digests = [parameters for scheme, parameters in found if scheme.lower() == "digest"]
    if not digests:
        schemes = [scheme.lower() for scheme, _ in found]
        named = next((_KNOWN[scheme] for scheme in schemes if scheme in _KNOWN), "another")
        raise AuthorizationError(f"The site asks for {named} authorization instead of Digest.")
    usable = [each for each in map(_read, digests) if each]
    if not usable:
        raise AuthorizationError("The site's Digest challenge is malformed or not supported.")
    return min(usable, key=lambda each: each.rank)


def challenges(value: str) -> Iterator[tuple[str, Parameters]]:
    """Yield the schemes of one `WWW-Authenticate` with their parameters, up to malformed text."""
    at = _end(_GAP, value, 0)
    while scheme := _SCHEME.match(value, at):
        at = scheme.end()
        parameters = []
        if token68 := _TOKEN68.match(value, at):
            at = token68.end()
        else:
            while value[at : at + 1] in {" ", "\t", ","} and (pair := _PARAMETER.match(value, at)):
                at = pair.end()
                name, quoted, bare = pair.groups()
                text = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare
                parameters.append((name.lower(), text))
        yield scheme[0], parameters
        at = _end(_GAP, value, at)


def _end(pattern: re.Pattern[str], value: str, at: int) -> int:
    match = pattern.match(value, at)
    return match.end() if match else at


def _read(parameters: Parameters) -> Challenge | None:
    given = dict(parameters)
    qop = _qop(given.get("qop"))
    algorithm = given.get("algorithm", "MD5").upper()
    name = algorithm.removesuffix("-SESS")
    session = name != algorithm
    usable = (
        len(given) == len(parameters)
        and {"realm", "nonce"} <= given.keys()
        and all(len(value) <= _LONGEST for value in given.values())
        and name in HASHES
        # A session algorithm needs a nonce of the client, which only a qop brings.
        and (qop or (qop is not None and not session))
    )
    if not usable or qop is None:
        return None
    return Challenge(
        realm=_utf8(given["realm"]),
        nonce=given["nonce"],
        opaque=given.get("opaque"),
        algorithm=given.get("algorithm"),
        hash_name=HASHES[name],
        is_session=session,
        qop=qop,
        userhash=given.get("userhash", "").lower() == "true",
        is_stale=given.get("stale", "").lower() == "true",
    )


def _qop(offered: str | None) -> Literal["auth", "auth-int", ""] | None:
    """Choose the qop: empty as before RFC 2617, or None if all are unknown."""
    if offered is None:
        return ""
    words = {word.strip().lower() for word in offered.split(",")}
    if "auth" in words:
        return "auth"
    return "auth-int" if "auth-int" in words else None


def _utf8(text: str) -> str:
    """Decode a header, which arrived as Latin-1, as the UTF-8 that it most likely is."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
