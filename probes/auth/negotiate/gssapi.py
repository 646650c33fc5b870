"""The few C functions of GSSAPI for a Kerberos client (RFC 2743, RFC 2744).

Only the process of `probes/auth/negotiate/process.py` may use it, because the library opens sockets
of its own.
"""

from ctypes import (
    CDLL,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_size_t,
    c_uint32,
    c_void_p,
    cast,
    create_string_buffer,
    string_at,
)

_INITIATE = 1
_COMPLETE, _CONTINUE = 0, 1
_MUTUAL, _REPLAY, _SEQUENCE = 2, 4, 8
_FOREVER = c_uint32(0xFFFFFFFF)
_SPNEGO = b"\x2b\x06\x01\x05\x05\x02"
_KRB5 = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
_KRB5_PRINCIPAL = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01"


class GssapiError(Exception):
    """A GSSAPI function failed; `code` is that of Kerberos, if there is one."""

    def __init__(self, code: int) -> None:
        super().__init__(f"GSSAPI failed: {code}.")
        self.code = code


class _Buffer(Structure):
    _fields_ = (("length", c_size_t), ("value", c_void_p))


class _Oid(Structure):
    _fields_ = (("length", c_uint32), ("elements", c_char_p))


class _OidSet(Structure):
    _fields_ = (("count", c_size_t), ("elements", POINTER(_Oid)))


class _Pair(Structure):
    _fields_ = (("key", c_char_p), ("value", c_char_p))


class _Store(Structure):
    _fields_ = (("count", c_uint32), ("elements", POINTER(_Pair)))


class Initiator:
    """One conversation as a client: log in, name the service, and `step` until `complete`."""

    def __init__(self, library: CDLL) -> None:
        self._library = library
        self._mechanism = _Oid(len(_SPNEGO), _SPNEGO)
        self._kerberos = _Oid(len(_KRB5), _KRB5)
        self._mechanisms = _OidSet(1, POINTER(_Oid)(self._kerberos))
        self._credential = c_void_p()
        self._context = c_void_p()
        self._target = c_void_p()

    def log_in_with_password(self, principal: str, password: str) -> None:
        """Get a ticket of the realm, and store it where `step` finds it."""
        self._call(
            "gss_acquire_cred_with_password",
            self._name(principal),
            byref(_buffer(password.encode())),
            _FOREVER,
            byref(self._mechanisms),
            _INITIATE,
            byref(self._credential),
            None,
            None,
        )
        self._call("gss_store_cred", self._credential, _INITIATE, None, 1, 1, None, None)

    def log_in_with_keytab(self, principal: str, path: str) -> None:
        """Get a ticket with the keytab at `path`, which has to contain a key of the principal."""
        store = _Store(1, POINTER(_Pair)(_Pair(b"client_keytab", path.encode())))
        self._call(
            "gss_acquire_cred_from",
            self._name(principal),
            _FOREVER,
            byref(self._mechanisms),
            _INITIATE,
            byref(store),
            byref(self._credential),
            None,
            None,
        )

    def aim_at(self, service: str) -> None:
        self._target = self._name(service)

    def step(self, answer: bytes | None) -> bytes:
        """Return the next token to send, which may be empty; `answer` is that of the service."""
        token = _Buffer()
        major, code = self._continued(self._mechanism, self._context, answer, token)
        if major not in (_COMPLETE, _CONTINUE):
            raise GssapiError(code if answer else self._reason() or code)
        return string_at(token.value, token.length) if token.value else b""

    def _reason(self) -> int:
        """Repeat the step without SPNEGO, which hides why there is no ticket for the service."""
        _, code = self._continued(self._kerberos, c_void_p(), None, _Buffer())
        return code

    def _continued(
        self, mechanism: _Oid, context: c_void_p, answer: bytes | None, token: _Buffer
    ) -> tuple[int, int]:
        minor = c_uint32()
        major = self._library.gss_init_sec_context(
            byref(minor),
            None,
            byref(context),
            self._target,
            byref(mechanism),
            c_uint32(_MUTUAL | _REPLAY | _SEQUENCE),
            c_uint32(0),
            None,
            None if answer is None else byref(_buffer(answer)),
            None,
            byref(token),
            None,
            None,
        )
        return major, _signed(minor.value)

    def _name(self, principal: str) -> c_void_p:
        name = c_void_p()
        kind = _Oid(len(_KRB5_PRINCIPAL), _KRB5_PRINCIPAL)
        self._call("gss_import_name", byref(_buffer(principal.encode())), byref(kind), byref(name))
        return name

    def _call(self, function: str, *arguments: object) -> None:
        minor = c_uint32()
        major = getattr(self._library, function)(byref(minor), *arguments)
        if major != _COMPLETE:
            raise GssapiError(_signed(minor.value))


def _buffer(data: bytes) -> _Buffer:
    return _Buffer(len(data), cast(create_string_buffer(data, len(data)), c_void_p))


def _signed(code: int) -> int:
    """Return a code as a signed number, as in the headers of Kerberos."""
    return code - (1 << 32) if code >> 31 else code
