"""Second factors at rest: opened where they were sealed, under whichever key of the ring wraps them."""

import os
from datetime import UTC, datetime

import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import SecondFactor
from security.vault import KeyRing, VaultError
from services.accounts import accounts, second_factors
from services.accounts.accounts import Registered

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
OLD, NEW = os.urandom(32), os.urandom(32)
RING = KeyRing({"old": OLD})


def with_factor(session: Session, name: str = "ada") -> tuple[Registered, pyotp.TOTP]:
    email = f"{name}@example.test"
    made = accounts.register(
        session, email=email, password=PASSWORD, organization_name="Shop", now=NOW
    )
    offer = second_factors.begin(
        session, made.user.id, current_password=PASSWORD, ring=RING, now=NOW
    )
    totp = pyotp.TOTP(offer.secret)
    second_factors.confirm(
        session, made.user.id, code=totp.at(NOW), session_id=None, ring=RING, now=NOW
    )
    return made, totp


def test_after_a_rotation_of_the_ring_it_is_the_same_secret(session: Session) -> None:
    made, totp = with_factor(session)
    both, alone = KeyRing({"new": NEW, "old": OLD}), KeyRing({"new": NEW})
    assert [second_factors.rewrap(session, ring=both) for _ in range(2)] == [1, 0]
    code = totp.at(NOW, counter_offset=1)
    second_factors.require(session, made.user, code, ring=alone, now=NOW)


def test_a_secret_that_was_moved_to_another_account_opens_nothing(session: Session) -> None:
    ada, _ = with_factor(session)
    eve, totp = with_factor(session, "eve")
    copied = session.execute(
        select(SecondFactor.wrapped, SecondFactor.nonce, SecondFactor.ciphertext).where(
            SecondFactor.user_id == eve.user.id
        )
    ).one()
    session.execute(
        update(SecondFactor).where(SecondFactor.user_id == ada.user.id).values(**copied._asdict())
    )
    session.expire_all()
    code = totp.at(NOW, counter_offset=1)
    with pytest.raises(VaultError):
        second_factors.require(session, ada.user, code, ring=RING, now=NOW)
