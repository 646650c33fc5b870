"""The logins of processes at the embedded Postgres: own names, generated passwords."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from devstack import keys
from models.session import make_engine
from security.login import scram
from services.operations.database_roles import RIGHTS
from services.operations.database_roles import make as make_logins


def make(owner_url: str, secrets: Path) -> dict[str, str]:
    """Create or renew the login of each component, and return their URLs."""
    passwords = {
        name: keys.keep(secrets / f"postgres-{name}", keys.new_password) for name in RIGHTS
    }
    engine = make_engine(owner_url, pool_size=1)
    try:
        with Session(engine) as session, session.begin():
            make_logins(session, {name: scram.verifier(each) for name, each in passwords.items()})
    finally:
        engine.dispose()
    url = make_url(owner_url)
    return {
        name: url.set(username=name, password=password).render_as_string(hide_password=False)
        for name, password in passwords.items()
    }
