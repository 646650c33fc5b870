"""Check one URL or monitor now, from this machine, and show the result.

Exit status: 0 up or degraded, 1 down, 2 unknown, 3 wrong usage.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from cli import check_report
from config import logging
from config.settings import Settings, load
from domain.evaluation.outcome import Outcome
from models.session import engine, session_scope
from probes import registry
from probes.base import Target
from probes.engine.one_off_check import as_json, check_once
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from services.credentials import targets
from services.credentials.unsealed import OpenCredentials

EXIT = {Outcome.UP: 0, Outcome.DEGRADED: 0, Outcome.DOWN: 1, Outcome.UNKNOWN: 2}
USAGE = 3
_LONGEST_TIMEOUT = 30


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(argv: Sequence[str]) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if (arguments.url is None) is (arguments.monitor is None):
        parser.error("give either a URL or --monitor")
    try:
        settings = load() if arguments.monitor else _without_servers()
        # Standard output is for the report alone.
        logging.configure(settings.model_copy(update={"log_level": "ERROR"}))
        target = _monitored(arguments.monitor) if arguments.monitor else _described(arguments)
    except ValidationError as error:
        parser.error("; ".join(_problems(error)))
    except ValueError as error:
        parser.error(str(error))
    except SQLAlchemyError:
        # The site itself was not checked, so the status must not mean down.
        print("The database does not respond.", file=sys.stderr)
        return EXIT[Outcome.UNKNOWN]
    policy = EgressPolicy.from_settings(settings)
    if arguments.egress:
        policy = replace(policy, mode=arguments.egress)
    report = check_once(target, policy)
    if arguments.json:
        print(json.dumps(as_json(report), indent=2, ensure_ascii=False))
    else:
        check_report.show(Console(highlight=False), target, report)
    return EXIT[report.result.outcome]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="downtime check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", nargs="?", help="what to check")
    parser.add_argument("--monitor", type=uuid.UUID, help="the id of a monitor in the database")
    parser.add_argument("--kind", choices=registry.KINDS, default="http")
    parser.add_argument("--settings", default="{}", help="the settings of the kind, as JSON")
    parser.add_argument("--timeout", type=float, default=10, help="in seconds, at most 30")
    parser.add_argument(
        "--egress", choices=("public", "any"), help="which addresses it may connect to"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    return parser


def _without_servers() -> Settings:
    """Return the settings without those that only a running system needs."""
    unused: dict[str, Any] = {
        "DATABASE_URL": "postgresql://",
        "REDIS_URL": "redis://",
        "jwt_private_key": "",
    }
    return Settings(**unused)


def _described(arguments: argparse.Namespace) -> Target:
    """Return the target of the command line, or raise `ValueError` with a sentence."""
    if not 0 < arguments.timeout <= _LONGEST_TIMEOUT:
        raise ValueError(f"The timeout must be more than 0 and at most {_LONGEST_TIMEOUT} seconds.")
    kind = registry.KINDS[arguments.kind]
    settings = kind.settings.model_validate_json(arguments.settings)
    return Target(
        kind=arguments.kind,
        url=kind.validate_url(arguments.url),
        timeout_seconds=arguments.timeout,
        latency_threshold_ms=None,
        settings=settings,
    )


def _problems(error: ValidationError) -> list[str]:
    """Name the problems without the input, which may be a secret."""
    return [
        f"{'.'.join(map(str, each['loc'])) or 'settings'}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _monitored(public_id: uuid.UUID) -> Target:
    """Return the target of a monitor with its credentials.

    Raise `ValueError` with a sentence if there is none.
    """
    unsealed = OpenCredentials(KeyRing.from_settings(load()))
    try:
        with session_scope() as session:
            found = targets.find(session, public_id, unsealed)
    finally:
        engine().dispose()
    if found is None:
        raise ValueError("There is no such monitor that can be checked.")
    return found.target
