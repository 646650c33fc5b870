"""A login by user name and password on a connection: of mailboxes, brokers and file servers.

The password goes over TLS only, unless the monitor allows plain text. Where it was refused twice in
a row, it rests (`wrong_secrets.py`).
"""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import ClassVar

from probes.async_probe import Failed, quoted
from probes.auth.base import AuthorizationError, Credential, settings_of
from probes.auth.basic import BasicSettings
from probes.auth.shaping import failed_authorization
from probes.auth.ssh_key import SshKeySettings
from probes.auth.wrong_secrets import forget_refusals, note_refusal, refuse_while_resting
from probes.base import Target
from probes.masking import MASK, secrets_of, without
from probes.urls import origin_of

_SCHEMES = frozenset({"basic", "ssh_key"})
_IN_PLAIN_TEXT = "The credential is not sent without TLS unless the monitor allows that."


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password that may be sent now; either may be empty.

    Whoever uses it calls `accepted`, or raises what `refused` returns.
    """

    username: str
    password: str = field(repr=False)
    private_key: str = field(repr=False)
    """The key of a login by SSH in PEM, in place of a password."""
    _charset: str
    _credential: Credential = field(repr=False)
    _origin: str

    shown_secret: ClassVar[bytes] = MASK.encode()
    """What a record of the conversation shows in place of the password."""

    @property
    def username_bytes(self) -> bytes:
        return self.username.encode(self._charset)

    @property
    def password_bytes(self) -> bytes:
        return self.password.encode(self._charset)

    @property
    def is_ascii(self) -> bool:
        return self.username.isascii() and self.password.isascii()

    @property
    def sasl_plain(self) -> bytes:
        """The message of the SASL mechanism PLAIN (RFC 4616), in base64."""
        return b64encode(b"\0".join((b"", self.username_bytes, self.password_bytes)))

    def accepted(self) -> None:
        """Note that the server took the login."""
        forget_refusals(self._credential, site=self._origin)

    def refused(self, sentence: str) -> Failed:
        """Note that the server refused the login, and return the failure to raise."""
        error = AuthorizationError(self._masked(sentence))
        note_refusal(self._credential, error, site=self._origin)
        return failed_authorization(error)

    def unusable(self, sentence: str) -> Failed:
        """Return the failure of a server that offers no such login, and counts no refusal."""
        return failed_authorization(AuthorizationError(sentence))

    def quoted(self, said: bytes) -> str:
        """Return what the server said, shortened and without the password."""
        plain = self._masked(said.decode("utf-8", "replace")).replace(MASK, "***")
        return quoted(plain.encode())

    def _masked(self, text: str) -> str:
        return without(text, secrets_of([self._credential]))


def login_of(target: Target, *, encrypted: bool, allow_plaintext: bool) -> Login | None:
    """Return the login of a target, or None if it has none.

    Raise `Failed` if the connection is not encrypted, unless the monitor allows that, and while the
    login rests after refusals.
    """
    credential = next((each for each in target.credentials if each.scheme in _SCHEMES), None)
    if credential is None:
        return None
    refuse_plaintext(encrypted=encrypted, allowed=allow_plaintext)
    origin = origin_of(target.url)
    try:
        refuse_while_resting(credential, site=origin)
    except AuthorizationError as error:
        raise failed_authorization(error) from error
    if isinstance(credential.settings, SshKeySettings):
        key = credential.settings.key.get_secret_value()
        return Login(credential.settings.username, "", key, "utf-8", credential, origin)
    settings = settings_of(credential, BasicSettings)
    password = settings.password.get_secret_value() if settings.password else ""
    return Login(settings.username, password, "", settings.charset, credential, origin)


def refuse_plaintext(*, encrypted: bool, allowed: bool) -> None:
    """Raise `Failed` if a credential would be sent where anyone on the way can read it."""
    if not (encrypted or allowed):
        raise failed_authorization(AuthorizationError(_IN_PLAIN_TEXT))
