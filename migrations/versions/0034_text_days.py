"""Texts and calls are counted by the day as well: of each organization, and of all together."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE text_days (
            organization_id integer NOT NULL,
            day date NOT NULL,
            segments integer DEFAULT 0 NOT NULL,
            CONSTRAINT pk_text_days PRIMARY KEY (organization_id, day),
            CONSTRAINT fk_text_days_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );
        CREATE TABLE text_day_totals (
            day date NOT NULL,
            segments integer DEFAULT 0 NOT NULL,
            CONSTRAINT pk_text_day_totals PRIMARY KEY (day)
        );
        ALTER TABLE text_days ENABLE ROW LEVEL SECURITY;
        ALTER TABLE text_days FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_organization ON text_days
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()));
        CREATE POLICY of_all ON text_days TO downtime_worker USING (true) WITH CHECK (true);
        GRANT SELECT, INSERT, UPDATE ON text_days, text_day_totals TO downtime_notifications;
        GRANT SELECT, DELETE ON text_days, text_day_totals TO downtime_maintenance;
        GRANT SELECT ON text_days TO downtime_api;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE text_days, text_day_totals")
