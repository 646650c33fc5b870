"""The names of inputs. A field has the path that the problems of its value have, such as `settings.method`.

Secrets have a name that says so: what is typed into them is never kept for later.
"""

from web.model_forms.fields import SECRETS, Field

TYPE = "type"
"""The part of a row that says which fields it has."""
MORE = "more"
"""A button that asks for one more row of the list that it names."""
DROP = "drop"
"""A button that removes the row that it names."""
RISE = "rise"
"""A button that moves the row that it names one place towards the beginning."""
SINK = "sink"
"""A button that moves the row that it names one place towards the end."""
FIND = "find"
"""A button that searches what the list that it names can choose from."""
BUTTONS = (MORE, DROP, RISE, SINK, FIND)
"""What shows the form again, and saves nothing."""
UNITS = ("1", "60", "3600", "86400")
"""The units of a duration in seconds."""
TYPED = frozenset({"claims"})
"""Pairs whose values may be numbers, booleans or lists, as JSON writes them."""
_SECRET = "secret:"  # noqa: S105 - the beginning of a name


def of(field: Field, prefix: str) -> str:
    """Return the name of the input of a field."""
    path = f"{prefix}{field.name}"
    return secret(path) if field.shape in SECRETS else path


def secret(path: str) -> str:
    return f"{_SECRET}{path}"


def clear(name: str) -> str:
    """Return the name of the box that removes a secret."""
    return f"{name}_clear"


def unit(path: str) -> str:
    return f"{path}_unit"


def query(path: str) -> str:
    """Return the name of the text to search for."""
    return f"{path}_q"


def keys(path: str) -> str:
    return f"{path}_key"


def values(path: str) -> str:
    return f"{path}_value"


def rows(path: str) -> str:
    """Return the name of the hidden inputs that number the rows of a list."""
    return f"{path}_row"


def new(path: str) -> str:
    """Return the name of the select with the type of one more row."""
    return f"{path}_new"
