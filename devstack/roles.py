"""The processes of the system: one table for the embedded stack and for docker-compose.yml."""

import shlex
from dataclasses import dataclass

_WORKER = "celery -A tasks worker -n {node}@%h -Q {queue} -P threads {options} --without-gossip --without-mingle"


@dataclass(frozen=True, slots=True)
class Role:
    """`command` is exactly what a service of docker-compose.yml runs."""

    name: str
    command: str
    # Jobs run once and end; the others run until they are stopped.
    is_job: bool = False

    @property
    def component(self) -> str:
        """The name of the role in the table of message components, if it is there."""
        return self.name.removeprefix("worker-")

    def words(self, number: int = 1) -> list[str]:
        """Return the command of the n-th process of this role; each needs its own node name."""
        node = "@%h" if number == 1 else f"-{number}@%h"
        return shlex.split(self.command.replace("@%h", node))


def _worker(node: str, queue: str, options: str) -> Role:
    return Role(f"worker-{node}", _WORKER.format(node=node, queue=queue, options=options))


ROLES = (
    Role("migrate", "downtime migrate", is_job=True),
    Role("api", "gunicorn --config deploy/gunicorn.conf.py wsgi:app"),
    Role("live", "gunicorn --config deploy/live.conf.py live.server:app"),
    Role("beat", "celery -A tasks beat"),
    _worker("dispatch", "q.dispatch", "-c 4 --prefetch-multiplier 4"),
    # A large prefetch, because the worker streams checks and gives none a thread. Waiting checks
    # count as prefetched, and must not keep others from being fetched. The threads are for test
    # runs.
    _worker("checks", "q.checks.default", "-c 4 --prefetch-multiplier 1000"),
    _worker("notifications", "q.notifications", "-c 16 --prefetch-multiplier 1"),
    _worker("housekeeping", "q.housekeeping", "-c 1 --prefetch-multiplier 1"),
    _worker("exports", "q.exports", "-c 1 --prefetch-multiplier 1"),
    Role("flower", "celery -A tasks flower --conf=deploy/flowerconfig.py"),
)
