"""The schemes. A new one is one file, one line here, one test file, one row in docs/authorization.md."""

from probes.auth import bearer
from probes.auth.base import Scheme

SCHEMES: dict[str, Scheme] = {
    "bearer": Scheme(settings=bearer.BearerSettings, exchange=bearer.exchange),
}
