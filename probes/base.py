"""The input and the result of a probe of any kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from domain.evaluation.outcome import Cause, Outcome
from domain.expiry import Expiry
from probes.credential import Credential


@dataclass(frozen=True, slots=True)
class Example:
    """An example of a monitor of one kind, for the documentation of the API.

    A user can create it as it is. Without a `url`, the kind has no address.
    """

    url: str | None
    settings: Mapping[str, object]


class KindSettings(BaseModel):
    """The settings of one kind of probe; stored as JSON on the monitor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    example: ClassVar[Example | None] = None
    """Each kind declares its own, which a test demands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything that a probe needs to check one target; it reads nothing else."""

    kind: str
    url: str
    timeout_seconds: float
    latency_threshold_ms: int | None
    settings: KindSettings
    credentials: tuple[Credential, ...] = ()
    organization: int = 0
    note_expiry: bool = False
    """Whether the check also reports the expiry of the certificate, at a small cost."""
    note_steps: bool = False
    """Whether a probe outside of libcurl also reports its steps, as a test run does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The duration of each phase in microseconds; 0 for a phase that did not occur."""

    dns: int = 0
    connect: int = 0
    tls: int = 0
    first_byte: int = 0
    total: int = 0

    def plus(self, other: "Timings") -> "Timings":
        """Return the sum over two requests of one check."""
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
"""The timings before anything happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The answer of the target to a failed check: text only, at most 2 KiB, without secrets."""

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    truncated: bool = False


StepName = Literal[
    "dns",
    "connect",
    "tls",
    "banner",
    "greeting",
    "starttls",
    "key_exchange",
    "login",
    "upgrade",
    "query",
    "exchange",
    "message",
    "ping",
    "farewell",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a recorded check, such as `connect` or `login`, and what both sides said in it.

    The texts are as they were sent, except for secrets that the probe itself left out.
    """

    name: StepName
    microseconds: int
    sent: str = ""
    received: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """One assertion, and the sentence of its failure if the answer did not meet it."""

    demand: str
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The result of one check. `detail` explains it to a user in a sentence.

    `UNKNOWN` means that the failure was ours. Only a probe that saw the target fail returns `DOWN`.
    `address` is the last address that the probe connected to.
    """

    outcome: Outcome
    cause: Cause = Cause.NONE
    detail: str = ""
    http_status: int = 0
    expiry: Expiry | None = None
    timings: Timings = NO_TIME
    evidence: Evidence | None = None
    address: str = ""
    steps: tuple[Step, ...] = field(default=(), repr=False)
    assertions: tuple[Asserted, ...] = field(default=(), repr=False)
    """Those of a test run outside of libcurl, which keeps the answer of any other."""


Deliver = Callable[[object, ProbeResult], None]
"""Called once for each submitted key, on the engine's own thread: it must not block."""
