"""Keys between tables of organizations: they name the organization on both sides."""

from sqlalchemy import ForeignKeyConstraint, Index


def organization_index(table: str, *columns: str) -> Index:
    """Let other tables refer to rows of this one; it serves as the index of an organization too."""
    names = ("organization_id", *(columns or ("id",)))
    return Index(f"uq_{table}_organization_id_{names[-1]}", *names, unique=True)


def organization_key(
    column: str, table: str, *, ondelete: str | None = None
) -> ForeignKeyConstraint:
    """Refer to a row of the same organization; the database refuses one of another.

    What is set to null on a deletion is named, since the organization must stay.
    """
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete=ondelete
    )
