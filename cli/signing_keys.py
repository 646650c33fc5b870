"""The keys of access tokens of a running system: list them, start a rotation, revoke one."""

import sys
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from config.settings import load
from models.session import engine, session_scope
from security.jwt.signing_keys import SigningKeys
from security.vault import KeyRing, VaultError
from services.errors import NotFound
from services.operations import signing_keys

SIGNING_KEY_TASKS = ("list", "rotate", "revoke")


def manage_signing_keys(task: str, kid: str) -> int:
    try:
        with session_scope() as session:
            print(_done(session, task, kid))
    except (ValueError, VaultError, NotFound) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    return 0


def _done(session: Session, task: str, kid: str) -> str:
    settings, now = load(), datetime.now(UTC)
    first = SigningKeys.of(settings.jwt_private_key.get_secret_value())
    ring = KeyRing.from_settings(settings)
    if task == "rotate":
        new = signing_keys.rotate(session, first, ring=ring, now=now)
        return f"{new} is now published. It starts to sign in {signing_keys.PUBLISHED_BEFORE}."
    if task == "revoke":
        signing_keys.revoke(session, first, kid, ring=ring, now=now)
        return f"{kid} is revoked. Within 30 seconds, every process of the API rejects it."
    lines = [
        f"{row.kid} {row.state} {row.changed_at:%Y-%m-%d %H:%M}"
        for row in signing_keys.every(session)
    ]
    return "\n".join(lines) or f"{first.kid} from the settings is the only key."
