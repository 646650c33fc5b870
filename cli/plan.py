"""Show or change the plan and the limits of an organization.

`set` gives it a plan of DOWNTIME_PLANS, or the default if none is named. `override` sets limits of
this organization alone, such as `monitors=50`; `monitors=` returns to the plan's.
"""

import argparse
import getpass
import sys
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from config.settings import load
from models import Organization
from models.audit_entry import ActorKind, Via
from models.session import database_now, engine, session_scope
from services.audit import acts
from services.audit.acts import Actor
from services.errors import Invalid, NotFound
from services.events import audit
from services.plans import changes
from services.usage import limits

_ACTS = {"set": "organization.plan_changed", "override": "organization.limits_changed"}
"""The acts, in the words of the audit log."""


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime plan", description=__doc__)
    parser.add_argument("action", choices=["show", "set", "override"], help="what to do")
    parser.add_argument("organization", type=uuid.UUID, help="the public id of the organization")
    parser.add_argument("values", nargs="*", help="the plan, or limits such as monitors=50")
    options = parser.parse_args(argv)
    load().need("database_url")
    try:
        with session_scope() as session:
            row = changes.find(session, options.organization)
            _show(session, _changed(session, row, options.action, options.values))
    except (Invalid, NotFound, ValueError) as error:
        print(_reason(error), file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    return 0


def _changed(
    session: Session, row: Organization, action: str, values: Sequence[str]
) -> Organization:
    """Do what is asked, and record it in the audit log of the organization."""
    name = _ACTS.get(action)
    if name is None:
        return row
    now = database_now(session)
    with audit.act_of(session, Via.OPERATOR):
        if action == "set":
            changes.set_plan(session, row.id, values[0] if values else None, now=now)
        else:
            pairs = [value.partition("=") for value in values]
            wanted = {name: int(number) if number else None for name, _, number in pairs}
            changes.override(session, row.id, wanted, now=now)
        operator = Actor(kind=ActorKind.OPERATOR, label=getpass.getuser())
        acts.aim(session, "organization", row.public_id, row.name)
        acts.declare_change(session, row.id, operator, name)
    return row


def _show(session: Session, row: Organization) -> None:
    view = limits.plan(session, row.id, now=database_now(session))
    print(f"{row.name}: plan {view.plan_id} ({view.name}), {view.standing}")
    for each in view.limits:
        used = "" if each.used is None else f"{each.used:g} of "
        own = " (of this organization)" if each.name in row.limit_overrides else ""
        print(f"  {each.name}: {used}{each.allowed}{own}")


def _reason(error: Exception) -> str:
    if isinstance(error, Invalid):
        return " ".join(text for texts in error.problems.values() for text in texts)
    return str(error)
