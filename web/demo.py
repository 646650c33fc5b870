"""The demo organization: its label on every page, and the login without typing anything."""

from datetime import datetime

from config import demo
from models import Organization
from server.resources import resources


def password() -> str | None:
    """Return the password of the demo user; None in production, or if there is no demo."""
    settings = resources().settings
    if settings.environment != "development":
        return None
    try:
        return demo.password_file(settings.var_dir).read_text().strip() or None
    except OSError:
        return None


def made_up_until(organization: Organization) -> datetime | None:
    """Return the end of the made-up history of the demo organization; None for all others."""
    is_demo = organization.public_id == demo.ORGANIZATION_ID
    return organization.created_at if is_demo else None
