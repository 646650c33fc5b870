"""Whose trouble an error of libcurl was: only what the target surely did is down."""

import errno

import pycurl
import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.failures import Failure
from probes.network.curl_failures import Ending, failure_of


def failure(code: int, *, os_errno: int = 0, connected: bool = False) -> Failure:
    ending = Ending(code=code, os_errno=os_errno, connected=connected)
    return failure_of(ending, port=443, timeout_seconds=10)


CODES = sorted(
    {
        value
        for name, value in vars(pycurl).items()
        if name.startswith("E_") and not name.startswith("E_MULTI") and value > 0
    }
)


@pytest.mark.parametrize("code", [*CODES, 999])
def test_invariant_1_every_error_has_an_owner_and_safe_words(code: int) -> None:
    found = failure(code)
    assert found.outcome in {Outcome.DOWN, Outcome.UNKNOWN}
    assert (found.outcome is Outcome.UNKNOWN) == (found.cause is Cause.INTERNAL)
    assert found.detail.endswith((".", ")."))
    assert found.detail.isprintable()


@pytest.mark.parametrize(
    "code",
    [
        pycurl.E_FAILED_INIT,
        pycurl.E_OUT_OF_MEMORY,
        pycurl.E_WRITE_ERROR,
        pycurl.E_ABORTED_BY_CALLBACK,
        pycurl.E_BAD_FUNCTION_ARGUMENT,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_UNKNOWN_OPTION,
        pycurl.E_URL_MALFORMAT,
        999,
    ],
)
def test_invariant_1_what_only_we_can_have_done_is_unknown(code: int) -> None:
    assert failure(code).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("os_errno", "outcome", "cause"),
    [
        (errno.ECONNREFUSED, Outcome.DOWN, Cause.REFUSED),
        (errno.EHOSTUNREACH, Outcome.DOWN, Cause.UNREACHABLE),
        (errno.ETIMEDOUT, Outcome.DOWN, Cause.TIMEOUT),
        (errno.ECONNRESET, Outcome.DOWN, Cause.CLOSED),
        (errno.ENETUNREACH, Outcome.UNKNOWN, Cause.INTERNAL),
        (errno.EADDRNOTAVAIL, Outcome.UNKNOWN, Cause.INTERNAL),
        (errno.EMFILE, Outcome.UNKNOWN, Cause.INTERNAL),
        (0, Outcome.UNKNOWN, Cause.INTERNAL),
    ],
)
def test_a_connection_that_failed_is_judged_by_what_the_system_said(
    os_errno: int, outcome: Outcome, cause: Cause
) -> None:
    found = failure(pycurl.E_COULDNT_CONNECT, os_errno=os_errno)
    assert (found.outcome, found.cause) == (outcome, cause)


def test_a_timeout_says_how_far_it_came() -> None:
    code = pycurl.E_OPERATION_TIMEDOUT
    assert failure(code).detail == "No connection within 10 s."
    assert failure(code, connected=True).detail == "No complete answer within 10 s."
