"""Foreign keys between tables of organizations: both sides include the organization."""

from sqlalchemy import ForeignKeyConstraint, Index


def organization_index(table: str, *columns: str) -> Index:
    """Return the unique index that other tables refer to. It also indexes the organization."""
    names = ("organization_id", *(columns or ("id",)))
    return Index(f"uq_{table}_organization_id_{names[-1]}", *names, unique=True)


def organization_key(
    column: str, table: str, *, ondelete: str | None = None
) -> ForeignKeyConstraint:
    """Return a foreign key to a row of the same organization; the database refuses any other.

    `ondelete` names the column to set to null, because the organization must stay.
    """
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete=ondelete
    )
