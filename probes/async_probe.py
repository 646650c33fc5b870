"""What the kinds outside of libcurl share: each probe is a coroutine that returns a result."""

from dataclasses import replace
from typing import Literal, TypeVar

from pydantic import Field, StrictBool

from domain.evaluation.outcome import Cause, Outcome
from probes.base import KindSettings, ProbeResult, Target
from probes.failures import Failure, down
from probes.masking import MASK, masked, secrets_of

S = TypeVar("S", bound=KindSettings)
IpVersion = Literal["", "4", "6"]
_LONGEST_QUOTE = 80
_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E

UP = ProbeResult(outcome=Outcome.UP)


class Failed(Exception):
    """Ends a probe with a failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class AsyncProbeSettings(KindSettings):
    """An empty `ip_version` means whatever the name has."""

    ip_version: IpVersion = ""


class LoginSettings(AsyncProbeSettings):
    """For protocols that log in on a connection with or without TLS."""

    verify_tls: StrictBool = True
    allow_plaintext_credentials: StrictBool = Field(
        default=False,
        description=(
            "Whether to send credentials without TLS as well,"
            " where anyone on the network path can read them."
        ),
    )


class GreetingSettings(LoginSettings):
    """For protocols in which the server speaks first and may change to TLS."""

    expect: str = Field(
        default="", max_length=200, description="A text that the greeting must contain."
    )
    starttls: StrictBool = Field(
        default=False, description="Whether the change to TLS is required."
    )


def failed(cause: Cause, detail: str) -> Failed:
    """Return an exception for a failure of the target, to be raised."""
    return Failed(down(cause, detail))


def result_of(failure: Failure) -> ProbeResult:
    return ProbeResult(outcome=failure.outcome, cause=failure.cause, detail=failure.detail)


def degraded(cause: Cause, detail: str) -> ProbeResult:
    return ProbeResult(outcome=Outcome.DEGRADED, cause=cause, detail=detail)


def with_latency(result: ProbeResult, target: Target) -> ProbeResult:
    """Return a result, which is degraded if all was well but took longer than the threshold."""
    limit = target.latency_threshold_ms
    took = result.timings.total // 1000
    if result.outcome is not Outcome.UP or limit is None or took <= limit:
        return result
    slow = degraded(Cause.SLOW, f"The answer took {took:,} ms, more than {limit:,} ms.")
    return replace(result, outcome=slow.outcome, cause=slow.cause, detail=slow.detail)


def quoted(said: bytes) -> str:
    """Return what a server sent, shortened and with printable ASCII characters only."""
    plain = "".join(
        chr(each) if _FIRST_PRINTABLE <= each <= _LAST_PRINTABLE else "\N{MIDDLE DOT}"
        for each in said.strip()[: _LONGEST_QUOTE + 1]
    )
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[:_LONGEST_QUOTE]}…"


def quoted_of(target: Target, said: bytes) -> str:
    """Return what a server sent to this target like `quoted`, with everything secret masked."""
    plain = masked(said.decode("utf-8", "replace"), secrets_of(target.credentials))
    return quoted(plain.replace(MASK, "***").encode())


def settings_of(target: Target, kind: type[S]) -> S:
    """Return the settings of a target, which have to be those of this kind."""
    if not isinstance(target.settings, kind):
        raise TypeError("The settings belong to another kind.")
    return target.settings
