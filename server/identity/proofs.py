"""Proofs of an account at a login: the factor beside the password, with what verifies it."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.organization_policy import LoginWay
from models import User
from server.resources import resources
from services.accounts.accounts import Registered
from services.accounts.login import factors
from services.accounts.login.factors import Factor
from services.accounts.login.passkeys import Checks


def passkey_checks() -> Checks:
    """Return what passkeys are verified with."""
    return Checks(resources().links)


def prove_factor(session: Session, registered: Registered, given: Factor, now: datetime) -> None:
    """Require a second factor, if the account has one and the password alone was proven."""
    if registered.way is LoginWay.PASSWORD:
        prove_factor_of(session, registered.user, given, now)


def prove_factor_of(session: Session, user: User, given: Factor, now: datetime) -> None:
    """Use up a second factor of a user who has any, or raise `Invalid` or `Unauthenticated`."""
    factors.require(session, user, given, ring=resources().ring, checks=passkey_checks(), now=now)
