"""Make the secrets that docker-compose.yml names, and print the new ones.

Existing certificates, passwords, URLs and keys stay unchanged. So the command may run again, after
an update or after a file was removed to be replaced. Only this command uses `ca_key` and
`message_master`: store them elsewhere, and put them back when it asks for them.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cli.secret_files import TO_FILL_IN, MissingError, SecretPaths, make_all


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime secrets", description=__doc__)
    parser.add_argument("directory", type=Path, help="such as deploy/secrets")
    parser.add_argument("--postgres", default="postgres", help="its host, or host:port")
    parser.add_argument("--redis", default="redis", help="its host, or host:port")
    arguments = parser.parse_args(argv)
    places = SecretPaths(postgres=arguments.postgres, redis=arguments.redis)
    try:
        made = make_all(arguments.directory, places, now=datetime.now(UTC))
    except (MissingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    for name in made:
        print(f"{name}  (fill it in)" if name in TO_FILL_IN else name)
    return 0
