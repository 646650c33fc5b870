"""Create the demo organization, if the database is empty."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from config.demo import password_file
from config.settings import load
from devstack import demo, keys
from models.session import session_scope


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime demo", description=__doc__)
    parser.add_argument("--site", required=True, help="URL of the flapping demo site")
    arguments = parser.parse_args(argv)
    settings = load()
    urls = {"This API": f"{settings.public_url}/healthz", "Flapping demo site": arguments.site}
    password = keys.keep(password_file(settings.var_dir), keys.new_password)
    with session_scope() as session:
        demo.ensure(session, urls, password=password, now=datetime.now(UTC))
    return 0
