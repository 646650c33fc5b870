"""The errors of use cases, for every entry point.

ServiceError
├── NotFound          it does not exist in this organization
├── Invalid           a value is not valid: `problems` says which and why
├── Conflict          it exists already, or its state does not allow the action
│   └── LimitReached  a limit of the plan has no room: `limit`, `allowed`, `used`, `plan`
├── PaymentDue        the organization may only read until it has paid
├── TooMany           there were too many requests: `retry_after` is the time to wait
├── Unauthenticated   the caller could not prove its identity
└── Forbidden         the caller is known and lacks `permission`
    └── Suspended     the operator has suspended the organization
"""

from datetime import timedelta
from uuid import UUID

from domain.organization_policy import Refusal


class ServiceError(Exception):
    """The text is shown to the user."""


class NotFound(ServiceError):
    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}.")


class Invalid(ServiceError):
    """`problems` maps the path of each field, such as `settings.method`, to sentences about it."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("Some values are invalid.")
        self.problems = problems


class Conflict(ServiceError):
    def __init__(self, text: str, *, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class LimitReached(Conflict):
    """`limit` is the name of the limit and `allowed` its value."""

    def __init__(self, text: str, *, limit: str, allowed: int, used: int, plan: str) -> None:
        super().__init__(text)
        self.limit = limit
        self.allowed = allowed
        self.used = used
        self.plan = plan


class PaymentDue(ServiceError):
    pass


class TooMany(ServiceError):
    def __init__(self, text: str, *, retry_after: timedelta) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unauthenticated(ServiceError):
    """`by_code`: the password was right, but the code of the second factor was not.

    `ended` is a session that a policy ends, once the transaction is rolled back.
    """

    def __init__(self, text: str, *, by_code: bool = False, ended: UUID | None = None) -> None:
        super().__init__(text)
        self.by_code = by_code
        self.ended = ended


class Forbidden(ServiceError):
    """`refusal`: the policy of the organization refuses the caller, whatever the permission is."""

    def __init__(
        self, text: str, *, permission: str | None = None, refusal: Refusal | None = None
    ) -> None:
        super().__init__(text)
        self.permission = permission
        self.refusal = refusal


class Suspended(Forbidden):
    pass
