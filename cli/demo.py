"""Create the demo organization, if the database is empty."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from config.demo import password_file
from config.settings import load
from devstack import keys
from devstack.demo import addresses, creation
from models.session import session_scope


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime demo", description=__doc__)
    parser.add_argument("--site", required=True, help="URL of the demo sites")
    arguments = parser.parse_args(argv)
    settings = load()
    urls = addresses.urls(
        site=arguments.site,
        api=settings.public_url,
        smtp=settings.smtp_url.get_secret_value() if settings.smtp_url else "",
    )
    password = keys.keep(password_file(settings.var_dir), keys.new_password)
    with session_scope() as session:
        creation.ensure(session, urls, password=password, now=datetime.now(UTC))
    return 0
