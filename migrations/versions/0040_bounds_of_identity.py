"""What bounds who one is taken for: guesses are counted, and sessions end.

An invitation counts how often it was sent again, and the wrong passwords and codes that came with it. A session that is there ends
90 days after it began, as new ones do.
"""

from alembic import op

revision = "0040"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE invitations
            ADD resends smallint DEFAULT 0 NOT NULL,
            ADD failures smallint DEFAULT 0 NOT NULL;

        UPDATE user_sessions SET expires_at = created_at + interval '90 days'
            WHERE expires_at > created_at + interval '90 days';
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE invitations DROP resends, DROP failures;
    """)
