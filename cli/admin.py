"""Help organizations and users, as the console of the app does; each change is in the audit logs.

`--operator` names who acts: an address of DOWNTIME_OPERATORS whose account has a second factor. The
removal of a second factor is only asked for here. Another operator confirms it in the app, because
this command cannot know who types.

    find TEXT                        organizations and users, by name, address or id
    show ORGANIZATION                plan, members, and how its messages fare
    user USER                        memberships, logins and mails of a user
    plan ORGANIZATION [PLAN]         give it a plan, or the default
    limit ORGANIZATION NAME=VALUE    set a limit of it alone; `NAME=` returns to the plan's
    suspend ORGANIZATION REASON      stop it
    unsuspend ORGANIZATION           let it be used again
    dead-letters ORGANIZATION        list the messages that were given up
    cancel ORGANIZATION DELIVERY     give up a message for good
    resend-mail USER MAIL            send a mail with a link again
    reset-factor USER REASON         ask another operator to remove a lost second factor
"""

import argparse
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import load
from models.audit_entry import Via
from models.session import act_for, act_for_nobody, database_now, engine, session_scope
from services.audit import acts, record
from services.audit.acts import Circumstances
from services.errors import Invalid, ServiceError
from services.operators import factor_resets, finding, letters, operators, suspensions, views
from services.operators.operators import Operator
from services.plans import changes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is done, to what, and by whom. Reading needs no operator."""

    session: Session
    now: datetime
    values: Sequence[str]
    operator: Operator | None

    def id(self, place: int = 0) -> uuid.UUID:
        return uuid.UUID(self.values[place])

    @property
    def by(self) -> Operator:
        if self.operator is None:
            raise Invalid({"operator": ["Name who acts with --operator."]})
        return self.operator

    def entered(self) -> int:
        """Act for the organization that is named, and return its key."""
        key = finding.organization_key(self.session, self.id())
        act_for(self.session, key)
        return key

    def declare(self, key: int, kind: str, public_id: uuid.UUID, **facts: object) -> None:
        operators.declare(self.session, self.by, [key], (kind, public_id, None), **facts)

    def declare_user(self, seen: views.UserSeen, **facts: object) -> None:
        chains = views.organizations_of(self.session, seen.key)
        operators.declare(self.session, self.by, chains, ("user", seen.id, seen.email), **facts)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="downtime admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--operator", default="", help="the address of the operator who acts")
    parser.add_argument("action", choices=_ACTIONS, metavar="ACTION", help="what to do")
    parser.add_argument("values", nargs="*", help="what to do it to")
    options = parser.parse_args(argv)
    settings = load()
    settings.need("database_url")
    act, name = _ACTIONS[options.action]
    try:
        with session_scope() as session:
            acts.begin(session, Circumstances(action=name, via=Via.OPERATOR) if name else None)
            act_for_nobody(session)
            operator = (
                operators.of_email(session, options.operator, settings.operators)
                if options.operator
                else None
            )
            with operators.limited(session):
                act(_Asked(session, database_now(session), options.values, operator))
            record.record(session)
    except (ServiceError, ValueError, IndexError) as error:
        print(_reason(error), file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    return 0


def _find(asked: _Asked) -> None:
    found = finding.search(asked.session, " ".join(asked.values))
    for each in found.organizations:
        print(f"organization {each.id} {each.standing} {each.members} members: {each.name}")
    for user in found.users:
        print(f"user {user.id} {user.email}")


def _show(asked: _Asked) -> None:
    seen = views.organization(asked.session, asked.id(), now=asked.now)
    row = seen.organization
    print(f"{row.name}: plan {row.plan or 'default'}, {row.standing}")
    if seen.suspension is not None:
        print(f"  suspended {seen.suspension.suspended_at:%Y-%m-%d}: {seen.suspension.reason}")
    for name, value in sorted(row.limit_overrides.items()):
        print(f"  limit {name}={value}")
    for each in seen.members:
        last = f"{each.last_login_at:%Y-%m-%d}" if each.last_login_at else "never"
        print(f"  member {each.id} {each.email} {each.role}, last login {last}")
    for state, number in seen.deliveries.items():
        print(f"  messages of 7 days, {state}: {number}")


def _user(asked: _Asked) -> None:
    seen = views.user(asked.session, asked.id())
    print(f"{seen.email}: second factor {'on' if seen.has_factor else 'off'}")
    for each in seen.memberships:
        print(f"  member of {each.organization_id} {each.name}, {each.role}")
    for login in seen.logins:
        print(f"  login {login.created_at:%Y-%m-%d %H:%M} {login.way} {login.outcome}")
    for mail in letters.mails(asked.session, seen.email):
        state = "waits" if mail.finished_at is None else "sent" if mail.sent_at else "given up"
        print(f"  mail {mail.id} {mail.event} {mail.created_at:%Y-%m-%d %H:%M} {state}")


def _plan(asked: _Asked) -> None:
    key = asked.entered()
    wanted = asked.values[1] if len(asked.values) > 1 else None
    changes.set_plan(asked.session, key, wanted, now=asked.now)
    asked.declare(key, "organization", asked.id())


def _limit(asked: _Asked) -> None:
    key = asked.entered()
    pairs = [each.partition("=") for each in asked.values[1:]]
    wanted = {name: int(value) if value else None for name, _, value in pairs}
    changes.override(asked.session, key, wanted, now=asked.now)
    asked.declare(key, "organization", asked.id())


def _suspend(asked: _Asked) -> None:
    key = asked.entered()
    reason = operators.reason_of(" ".join(asked.values[1:]))
    suspensions.begin(asked.session, key, reason, asked.by, now=asked.now)
    asked.declare(key, "organization", asked.id(), reason=reason)


def _unsuspend(asked: _Asked) -> None:
    key = asked.entered()
    suspensions.end(asked.session, key, now=asked.now)
    asked.declare(key, "organization", asked.id())


def _dead_letters(asked: _Asked) -> None:
    for each in letters.dead(asked.session, asked.entered()):
        print(f"{each.id} {each.created_at:%Y-%m-%d %H:%M} {each.event} {each.kind} {each.address}")
        print(f"  {each.last_error}")


def _cancel(asked: _Asked) -> None:
    key = asked.entered()
    letters.cancel(asked.session, key, asked.id(1))
    asked.declare(key, "delivery", asked.id(1))


def _resend_mail(asked: _Asked) -> None:
    seen = views.user(asked.session, asked.id())
    letters.send_mail_again(asked.session, seen.email, asked.id(1), now=asked.now)
    asked.declare_user(seen)


def _reset_factor(asked: _Asked) -> None:
    seen = views.user(asked.session, asked.id())
    reason = operators.reason_of(" ".join(asked.values[1:]))
    reset = factor_resets.ask(asked.session, seen, reason, asked.by, now=asked.now)
    print(f"Another operator confirms this until {reset.expires_at:%Y-%m-%d %H:%M} in the app.")
    asked.declare_user(seen, reason=reason)


_ACTIONS: Mapping[str, tuple[Callable[[_Asked], None], str]] = {
    "find": (_find, ""),
    "show": (_show, ""),
    "user": (_user, ""),
    "plan": (_plan, "organization.plan_changed"),
    "limit": (_limit, "organization.limits_changed"),
    "suspend": (_suspend, "organization.suspended"),
    "unsuspend": (_unsuspend, "organization.unsuspended"),
    "dead-letters": (_dead_letters, ""),
    "cancel": (_cancel, "delivery.cancelled"),
    "resend-mail": (_resend_mail, "user.mail_resent"),
    "reset-factor": (_reset_factor, "user.factor_reset_requested"),
}
"""What is done, and the name of the act; reading is none."""


def _reason(error: Exception) -> str:
    if isinstance(error, Invalid):
        return " ".join(text for texts in error.problems.values() for text in texts)
    if isinstance(error, IndexError):
        return "A value is missing. See `downtime admin --help`."
    return str(error)
