"""How tests act as a role of the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

As = Callable[[str], AbstractContextManager[Session]]
