"""Limits of what is sent, and what the outbox needs to tell an outage as one."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE deliveries
            ADD chain_id integer,
            ADD tried_since timestamptz,
            ADD CONSTRAINT fk_deliveries_chain_id
                FOREIGN KEY (chain_id) REFERENCES incidents (id) ON DELETE CASCADE;
        UPDATE deliveries SET chain_id = incident_id,
            tried_since = CASE WHEN attempt > 0 THEN created_at END;
        CREATE INDEX ix_deliveries_chain_id ON deliveries (chain_id);
        CREATE INDEX ix_deliveries_channel
            ON deliveries (organization_id, kind, address, created_at);

        CREATE INDEX ix_deliveries_asked ON deliveries (kind, lower(address), created_at)
            WHERE event = 'confirm';

        CREATE TABLE channel_rate_limits (
            organization_id integer NOT NULL,
            kind text NOT NULL,
            address text NOT NULL,
            next_at timestamptz NOT NULL,
            CONSTRAINT pk_channel_rate_limits PRIMARY KEY (organization_id, kind, address),
            CONSTRAINT fk_channel_rate_limits_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );

        CREATE TABLE text_usage (
            organization_id integer NOT NULL,
            month date NOT NULL,
            segments integer DEFAULT 0 NOT NULL,
            CONSTRAINT pk_text_usage PRIMARY KEY (organization_id, month),
            CONSTRAINT fk_text_usage_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE text_usage, channel_rate_limits;
        ALTER TABLE deliveries DROP chain_id, DROP tried_since;
        DROP INDEX ix_deliveries_channel, ix_deliveries_asked;
    """)
