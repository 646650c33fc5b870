"""What a probe is given and what it gives back, whatever its kind."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from domain.evaluation.outcome import Cause, Outcome
from domain.expiry import Expiry
from probes.credential import Credential


class KindSettings(BaseModel):
    """What a user may set for one kind of probe; stored as JSON on the monitor."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to look at, complete: a probe reads nothing else."""

    kind: str
    url: str
    timeout_seconds: float
    latency_threshold_ms: int | None
    settings: KindSettings
    credentials: tuple[Credential, ...] = ()
    organization: int = 0
    note_expiry: bool = False
    """Whether the check also finds out when the certificate runs out, which costs a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long each phase took, in microseconds; 0 where there was none."""

    dns: int = 0
    connect: int = 0
    tls: int = 0
    first_byte: int = 0
    total: int = 0

    def plus(self, other: "Timings") -> "Timings":
        """Add up the hops of one check."""
        if self is NO_TIME:
            return other
        return Timings(
            dns=self.dns + other.dns,
            connect=self.connect + other.connect,
            tls=self.tls + other.tls,
            first_byte=self.first_byte + other.first_byte,
            total=self.total + other.total,
        )


NO_TIME = Timings()
"""Nothing happened yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the target answered when a check failed: text only, at most 2 KiB, without secrets."""

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The verdict of one check. `detail` says in a sentence what a user needs to know of it.

    `UNKNOWN` means that the trouble was ours; only a probe that saw the target fail says `DOWN`.
    `address` is what a look was connected to last.
    """

    outcome: Outcome
    cause: Cause = Cause.NONE
    detail: str = ""
    http_status: int = 0
    expiry: Expiry | None = None
    timings: Timings = NO_TIME
    evidence: Evidence | None = None
    address: str = ""


Deliver = Callable[[object, ProbeResult], None]
"""Called once for each submitted key, on the engine's own thread: it must not block."""
