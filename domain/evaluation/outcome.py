"""The result of one check: its outcome, and its cause unless it is simply up."""

from enum import IntEnum, StrEnum


class Outcome(StrEnum):
    """The outcome of one check. Only a probe returns `DOWN`; an internal error is `UNKNOWN`."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Cause(IntEnum):
    """Why a check was not simply up. The numbers are stored: never reuse or renumber one."""

    NONE = 0
    SLOW = 1
    STATUS = 10
    KEYWORD_MISSING = 11
    KEYWORD_PRESENT = 12
    TIMEOUT = 20
    DNS = 21
    REFUSED = 22
    UNREACHABLE = 23
    TLS = 24
    PROTOCOL = 25
    REDIRECT = 26
    BLOCKED = 27
    CLOSED = 28
    AUTHORIZATION = 29
    ASSERTION = 30
    ANSWER = 31
    LATE = 32
    EXPIRY = 33
    REPORTED = 34
    NO_RESULT = 90
    INTERNAL = 91
    STALLED = 92
    OWN_NETWORK = 93

    @property
    def word(self) -> str:
        """The name in the API, in lower case with underscores."""
        return self.name.lower()
