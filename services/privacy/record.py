"""The record of processing activities (GDPR, Art. 30), written from the catalogue."""

from services.privacy.catalogue import TABLES
from services.privacy.catalogue.lines import Table

_HEAD = (
    "| table | why | personal columns, of whom | own export | organization's export | neither |",
    "|---|---|---|---|---|---|",
)


def as_markdown() -> str:
    """Return the table of the documentation: one row for each table of the database."""
    rows = [_row(name, table) for name, table in sorted(TABLES.items())]
    return "\n".join([*_HEAD, *rows])


def _row(name: str, table: Table) -> str:
    cells = (
        f"`{name}`",
        table.why,
        "; ".join(f"{who}: {_names(of)}" for who, of in table.personal.items()),
        _names(table.own),
        _names(table.shared),
        "; ".join(f"{_names(of)} ({why})" for why, of in table.left.items()),
    )
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def _names(columns: str) -> str:
    return ", ".join(f"`{name}`" for name in columns.split())
