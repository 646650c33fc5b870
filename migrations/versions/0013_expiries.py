"""What runs out, what is used up, and what was told of it."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE monitors
            ADD expiry_days smallint[] DEFAULT '{30,14,7,3,1}' NOT NULL,
            ADD slo_target double precision,
            ADD slo_days smallint,
            ADD CONSTRAINT ck_monitors_slo_target CHECK (slo_target BETWEEN 50 AND 99.999),
            ADD CONSTRAINT ck_monitors_slo CHECK ((slo_target IS NULL) = (slo_days IS NULL));

        CREATE TABLE expiries (
            monitor_id integer NOT NULL,
            subject varchar(32) NOT NULL,
            organization_id integer NOT NULL,
            expires_at timestamptz NOT NULL,
            identity text NOT NULL,
            seen_at timestamptz NOT NULL,
            notified_days smallint,
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

        CREATE TABLE burn_rates (
            monitor_id integer NOT NULL,
            organization_id integer NOT NULL,
            since timestamptz NOT NULL,
            factor double precision NOT NULL,
            CONSTRAINT pk_burn_rates PRIMARY KEY (monitor_id),
            CONSTRAINT fk_burn_rates_monitor_id
                FOREIGN KEY (monitor_id) REFERENCES monitors (id) ON DELETE CASCADE,
            CONSTRAINT fk_burn_rates_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_burn_rates_organization_id ON burn_rates (organization_id);
        CREATE INDEX ix_monitors_slo ON monitors (id)
            WHERE slo_target IS NOT NULL AND deleted_at IS NULL;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE burn_rates, expiries;
        ALTER TABLE monitors DROP expiry_days, DROP slo_target, DROP slo_days;
    """)
