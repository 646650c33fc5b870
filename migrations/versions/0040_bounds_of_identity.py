"""What bounds guessing: an invitation counts the wrong passwords and codes that came with it."""

from alembic import op

revision = "0040"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE invitations ADD failures smallint DEFAULT 0 NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE invitations DROP failures;
    """)
