"""What each column of the database holds: of whom, why it is kept, and in which export it is.

A test asks for a line for each new column, so nothing is stored that this does not account for.
`docs/reference/privacy.md` is made from it.
"""

from services.privacy.catalogue import accounts, alerting, monitoring, operations, organizations
from services.privacy.catalogue.lines import Table

TABLES: dict[str, Table] = {
    **accounts.TABLES,
    **organizations.TABLES,
    **monitoring.TABLES,
    **alerting.TABLES,
    **operations.TABLES,
}
