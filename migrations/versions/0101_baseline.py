"""The tables, functions, policies and rights of version 0.1.0: `migrations/baseline`, file by file.

Numbers begin at 0101, so a database from before the first release is not mistaken for one of these.
"""

from pathlib import Path

from alembic import op

revision = "0101"
down_revision = None
branch_labels = None
depends_on = None

_FILES = Path(__file__).parents[1] / "baseline"
_COMPONENTS = ("dispatch", "checks", "notifications", "housekeeping", "exports")


def upgrade() -> None:
    for role in ("downtime_api", "downtime_worker", "downtime_live", "downtime_operator"):
        # Whoever migrates may act as each, so that one login can do for all.
        _make(role, granted=role, to="current_user")
    for component in _COMPONENTS:
        role = f"downtime_{component}"
        # A member of those who see the rows of all organizations.
        _make(role, granted="downtime_worker", to=f"'{role}'")
    for file in sorted(_FILES.glob("*.sql")):
        op.execute(file.read_text())


def _make(role: str, *, granted: str, to: str) -> None:
    """Make a role that is missing. Roles belong to the server, and other databases may use them."""
    op.execute(f"""
        DO $$
        BEGIN
            IF to_regrole('{role}') IS NULL THEN
                BEGIN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;  -- Made at this moment for another database.
                END;
            END IF;
            IF NOT pg_has_role({to}, '{granted}', 'USAGE') THEN
                EXECUTE format('GRANT {granted} TO %I', {to});
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'This login may not make the role {role}. As an administrator:'
                ' CREATE ROLE {role}; GRANT {granted} TO %;', {to};
        END $$;
    """)
