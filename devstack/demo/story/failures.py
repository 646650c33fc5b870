"""Why a check of the demo failed: what a probe of its kind would have said."""

from dataclasses import dataclass
from datetime import datetime

from devstack.demo import site
from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity

_NGINX = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_TRACE = '{"error": "internal", "trace": "b7ad6b7169203331"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`seconds` is how long the failed check took; `body` is what the site answered."""

    cause: Cause
    detail: str
    severity: Severity = Severity.DOWN
    http_status: int = 0
    seconds: float = 0.02
    body: str = ""


UNHEALTHY = Failure(
    cause=Cause.STATUS,
    detail="Answered 503 Service Unavailable, expected 200-299.",
    http_status=503,
    body=f"{site.FAULT}\n",
)
BAD_GATEWAY = Failure(
    cause=Cause.STATUS,
    detail="Answered 502 Bad Gateway, expected 200-299.",
    http_status=502,
    body=_NGINX,
)
CRASHED = Failure(
    cause=Cause.STATUS,
    detail="Answered 500 Internal Server Error, expected 200-299.",
    http_status=500,
    body=_TRACE,
)
TIMED_OUT = Failure(cause=Cause.TIMEOUT, detail="No complete answer within 5 s.", seconds=5)
REFUSED = Failure(cause=Cause.REFUSED, detail="Connection refused on port 5432.", seconds=0.001)
SLOW = Failure(
    cause=Cause.SLOW,
    detail="The answer took 1,412 ms, more than 800 ms.",
    severity=Severity.DEGRADED,
    http_status=200,
    seconds=site.PAGES["/images"].milliseconds / 1000,
)


def exited(code: int) -> Failure:
    return Failure(cause=Cause.REPORTED, detail=f"The job ended with exit code {code}.")


def missed(last: datetime, deadline: datetime) -> Failure:
    said = f"No ping since {_in_words(last)}, expected by {_in_words(deadline)}."
    return Failure(cause=Cause.LATE, detail=said)


def _in_words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
