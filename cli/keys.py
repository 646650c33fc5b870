"""Make a new private key for signing access tokens (ES256, PEM)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from devstack.keys import create, new_signing_key


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime keys", description=__doc__)
    parser.add_argument("--output", type=Path, help="a new file, readable by its owner only")
    arguments = parser.parse_args(argv)
    if arguments.output is None:
        print(new_signing_key(), end="")
        return 0
    try:
        create(arguments.output, new_signing_key())
    except OSError as error:
        print(f"{arguments.output}: {error.strerror}", file=sys.stderr)
        return 1
    return 0
