"""Entrance to the console: only for operators, and with no more rights than theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

from models.session import act_for
from server.identity.principal import Call
from server.resources import resources
from services.operators import operators
from services.operators.operators import Operator


def operator_of(call: Call) -> Operator:
    """Return the operator who calls. For others there is no such page, on any installation."""
    principal = call.principal
    return operators.of_user(call.session, principal.user_id, resources().settings.operators)


@contextmanager
def entered(call: Call) -> Iterator[Operator]:
    """Work as an operator within the block, and as the caller's own organization afterwards."""
    operator = operator_of(call)
    with operators.limited(call.session):
        yield operator
    act_for(call.session, call.organization_id)


@contextmanager
def acting(call: Call) -> Iterator[Operator]:
    """Change something as an operator. The block ends with `operators.declare`."""
    operator = operator_of(call)
    with operators.limited(call.session):
        yield operator
