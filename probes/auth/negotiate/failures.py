"""The meaning of Kerberos error codes (RFC 4120 §7.5.9, and those of libkrb5)."""

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down, ours

_FIRST = -1_765_328_384
_UNREACHABLE = frozenset({154, 156, 220})
_SKEW = frozenset({37, 148})
_WRONG_SECRET = frozenset({24, 31})
_SENTENCES = {
    1: "The principal {principal} has expired.",
    2: "The service {service} has expired.",
    6: "The key distribution center does not know the principal {principal}.",
    7: "The key distribution center does not know the service {service}.",
    12: "A policy of the key distribution center forbids this.",
    14: "The key distribution center and this service have no common encryption type.",
    18: "The principal {principal} is locked or disabled.",
    23: "The password of {principal} has expired.",
    24: "The key distribution center refused the password or keytab of {principal}.",
    25: "The key distribution center requires more than a password or a keytab of {principal}.",
    31: "The key distribution center refused the password or keytab of {principal}.",
    68: "The key distribution center belongs to another realm.",
    141: "The keytab contains no key for {principal}.",
    147: "The key distribution center sent an unexpected answer.",
}
NO_ANSWER = "The key distribution center did not answer."


def is_wrong_secret(code: int) -> bool:
    """Return whether repeated attempts may lock the account."""
    return code - _FIRST in _WRONG_SECRET


def login_failure(code: int, principal: str, service: str) -> Failure:
    """Return why there is no ticket; code 0 is a failure outside of Kerberos."""
    number = code - _FIRST
    if number in _UNREACHABLE:
        return down(Cause.UNREACHABLE, f"{NO_ANSWER} It cannot be reached.")
    if number in _SKEW:
        # Either clock may be wrong, and the site itself was not probed.
        return ours("The clocks of the key distribution center and of this worker differ too much.")
    if sentence := _SENTENCES.get(number):
        return down(Cause.AUTHORIZATION, sentence.format(principal=principal, service=service))
    if 0 < number < 256:  # noqa: PLR2004 - the table of Kerberos
        return down(Cause.AUTHORIZATION, f"Kerberos refused the login with error {number}.")
    return ours("Kerberos failed within this worker.")
