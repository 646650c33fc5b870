"""What identifies the demo organization, for the command that makes it and the pages that show it."""

from pathlib import Path
from uuid import UUID

EMAIL = "demo@example.com"
"""The address of its owner."""
ORGANIZATION_ID = UUID("de300000-0000-4000-8000-000000000001")
"""Its public id, so that its pages are labelled whatever its name and its members are."""


def password_file(var_dir: Path) -> Path:
    """Return the file with the password of the owner."""
    return var_dir / "secrets" / "demo-password"
