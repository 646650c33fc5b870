"""The keys of access tokens: which are published when, and which one signs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings, load
from devstack.keys import new_encryption_key, new_signing_key
from models import SigningKey
from security.jwt.signing_keys import SigningKeys
from security.jwt.tokens import AccessTokens, Claims, TokenError
from security.vault import KeyRing, VaultError
from services.errors import NotFound
from services.operations import signing_keys

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = SigningKeys.of(new_signing_key())
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def ring(session: Session) -> KeyRing:
    del session  # Its servers must be known before the settings are read.
    settings: Settings = load()
    return KeyRing.from_settings(settings)


@pytest.fixture
def step(session: Session, ring: KeyRing) -> Callable[[timedelta], SigningKeys]:
    """Let the periodic task run at a time after the beginning, and return the keys then."""

    def at(after: timedelta) -> SigningKeys:
        signing_keys.advance(session, FIRST, ring=ring, now=NOW + after)
        return signing_keys.current(session, FIRST, ring=ring)

    return at


def states(session: Session) -> list[str]:
    rows = session.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()
    return [row.state.value for row in rows]


def test_until_the_first_rotation_the_key_of_the_settings_is_the_only_one(
    session: Session, ring: KeyRing
) -> None:
    assert signing_keys.current(session, FIRST, ring=ring) is FIRST


@pytest.mark.abuse(40)
def test_a_new_key_is_known_before_it_signs_and_the_old_one_after(
    session: Session, step: Callable[[timedelta], SigningKeys]
) -> None:
    assert list(step(timedelta()).public) == [FIRST.kid]
    assert list(step(89 * DAY).public) == [FIRST.kid]
    pending = step(90 * DAY)
    assert pending.kid == FIRST.kid
    assert len(pending.public) == 2
    assert step(90 * DAY + 14 * MINUTE).kid == FIRST.kid
    active = step(90 * DAY + 15 * MINUTE)
    assert active.kid != FIRST.kid
    assert active.public.keys() == pending.public.keys()
    assert states(session) == ["retiring", "active"]
    assert FIRST.kid in step(91 * DAY + 14 * MINUTE).public
    assert list(step(91 * DAY + 15 * MINUTE).public) == [active.kid]
    assert states(session) == ["revoked", "active"]


@pytest.mark.abuse(40)
def test_an_old_token_is_good_until_it_expires_whatever_signs_by_then(
    session: Session, ring: KeyRing
) -> None:
    now = datetime.now(UTC)
    known = [FIRST]
    tokens = AccessTokens(
        lambda: known[-1], issuer="https://downtime.test", lifetime=timedelta(minutes=15)
    )
    claims = Claims(user_id=uuid4(), organization_id=uuid4(), session_id=uuid4())
    old = tokens.issue(claims, now=now)
    signing_keys.rotate(session, FIRST, ring=ring, now=now - 20 * MINUTE)
    signing_keys.advance(session, FIRST, ring=ring, now=now)
    known.append(signing_keys.current(session, FIRST, ring=ring))
    assert tokens.verify(old) == claims
    assert tokens.verify(tokens.issue(claims, now=now)) == claims
    signing_keys.revoke(session, FIRST, FIRST.kid, ring=ring, now=now)
    known.append(signing_keys.current(session, FIRST, ring=ring))
    with pytest.raises(TokenError):
        tokens.verify(old)


@pytest.mark.abuse(36)
def test_if_the_active_key_is_revoked_another_one_signs_at_once(
    session: Session, ring: KeyRing
) -> None:
    signing_keys.revoke(session, FIRST, FIRST.kid, ring=ring, now=NOW)
    after = signing_keys.current(session, FIRST, ring=ring)
    assert FIRST.kid not in after.public
    assert states(session) == ["revoked", "active"]
    with pytest.raises(NotFound):
        signing_keys.revoke(session, FIRST, "another", ring=ring, now=NOW)


def test_a_rotation_ahead_of_time_begins_once(session: Session, ring: KeyRing) -> None:
    first = signing_keys.rotate(session, FIRST, ring=ring, now=NOW)
    assert signing_keys.rotate(session, FIRST, ring=ring, now=NOW + MINUTE) == first
    assert states(session) == ["active", "pending"]


def test_a_private_key_is_sealed_and_moves_to_another_key_of_the_ring(
    session: Session, ring: KeyRing
) -> None:
    signing_keys.advance(session, FIRST, ring=ring, now=NOW)
    row = session.scalars(select(SigningKey)).one()
    assert b"PRIVATE" not in row.ciphertext
    assert signing_keys.rewrap(session, ring=ring) == 0
    with pytest.raises(VaultError):
        signing_keys.current(session, FIRST, ring=KeyRing.parse(new_encryption_key()))
    both = KeyRing.parse(f"{new_encryption_key()},{load().keys.get_secret_value()}")
    assert signing_keys.rewrap(session, ring=both) == 1
    assert signing_keys.current(session, FIRST, ring=both).kid == FIRST.kid
