"""What a use case may refuse, whatever the entry point.

ServiceError
├── NotFound          there is no such thing in this organization
├── Invalid           a value cannot be taken: `problems` says which and why
├── Conflict          it exists already, or is in a state that does not allow this
├── TooMany           it was asked for too often: `retry_after` says when it may be again
├── Unauthenticated   who asks could not prove who they are
└── Forbidden         who asks is known, and may not: `permission` is what they lack
"""

from datetime import timedelta


class ServiceError(Exception):
    """The text is shown to the user."""


class NotFound(ServiceError):
    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}.")


class Invalid(ServiceError):
    """`problems` maps the path of each field, such as `settings.method`, to sentences about it."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("Some values cannot be taken.")
        self.problems = problems


class Conflict(ServiceError):
    def __init__(self, text: str, *, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class TooMany(ServiceError):
    def __init__(self, text: str, *, retry_after: timedelta) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unauthenticated(ServiceError):
    """`by_code`: the password was right, and the code of the second factor was not."""

    def __init__(self, text: str, *, by_code: bool = False) -> None:
        super().__init__(text)
        self.by_code = by_code


class Forbidden(ServiceError):
    def __init__(self, text: str, *, permission: str | None = None) -> None:
        super().__init__(text)
        self.permission = permission
