"""The form of a line of the catalogue, and the reasons why a column is in no export."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KEY = "an internal number; exports name rows by their public ids"
SECRET = "a secret, a hash of one, or what would help to guess one"  # noqa: S105 - a reason
SEALED = "encrypted with a data key; nobody, its owner included, reads it back"
WORK = "progress of the service's own work, without meaning outside it"
DERIVED = "computed from columns that are exported"
CHECKS = "too many rows for one document; `POST /exports` delivers them"
INSTALLATION = "of the installation, and of no organization or person"
SHORT = "deleted within days, and nothing but a copy in transit"
PSEUDONYM = "a hash that only counts, and is deleted within days"
HELD = "of the operator, who may have to hide it; owners see in the app what they may know"
CHAIN = "covered by the hash chain; `GET /audit-log` exports it as evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Why rows are kept, and where each column goes; columns are names separated by spaces.

    `own` columns are in the export of the person, found by the column `found_by`, which holds the
    key, the public id or the address of the user. `shared` columns are in the export of the
    organization. `left` maps a reason to the columns that are in neither. `personal` maps a group
    of people to the columns that tell of them.
    """

    why: str
    own: str = ""
    shared: str = ""
    found_by: str = ""
    left: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """Return the columns that have a line."""
        left = {name for names in self.left.values() for name in names.split()}
        return {*self.own.split(), *self.shared.split(), *left}

    @property
    def personal_columns(self) -> set[str]:
        """Return the columns that tell of a person."""
        return {name for names in self.personal.values() for name in names.split()}
