"""What runs out, and what was told of it."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE monitors
            ADD expiry_days smallint[] DEFAULT '{30,14,7,3,1}' NOT NULL;

        CREATE TABLE expiries (
            monitor_id integer NOT NULL,
            subject varchar(32) NOT NULL,
            organization_id integer NOT NULL,
            expires_at timestamptz NOT NULL,
            identity text NOT NULL,
            seen_at timestamptz NOT NULL,
            told_days smallint,
            next_at timestamptz,
            CONSTRAINT pk_expiries PRIMARY KEY (monitor_id, subject),
            CONSTRAINT fk_expiries_monitor_id
                FOREIGN KEY (monitor_id) REFERENCES monitors (id) ON DELETE CASCADE,
            CONSTRAINT fk_expiries_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
            CONSTRAINT ck_expiries_subject CHECK (subject IN ('certificate', 'domain'))
        );
        CREATE INDEX ix_expiries_organization_id ON expiries (organization_id);
        CREATE INDEX ix_expiries_next_at ON expiries (next_at) WHERE next_at IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE expiries; ALTER TABLE monitors DROP expiry_days;")
