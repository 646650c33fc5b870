"""Monitors that depend on others."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE monitor_parents (
            monitor_id integer NOT NULL,
            parent_id integer NOT NULL,
            organization_id integer NOT NULL,
            CONSTRAINT pk_monitor_parents PRIMARY KEY (monitor_id, parent_id),
            CONSTRAINT fk_monitor_parents_monitor_id
                FOREIGN KEY (monitor_id) REFERENCES monitors (id) ON DELETE CASCADE,
            CONSTRAINT fk_monitor_parents_parent_id
                FOREIGN KEY (parent_id) REFERENCES monitors (id) ON DELETE CASCADE,
            CONSTRAINT fk_monitor_parents_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
            CONSTRAINT ck_monitor_parents_other CHECK (monitor_id <> parent_id)
        );
        CREATE INDEX ix_monitor_parents_parent_id ON monitor_parents (parent_id);
        CREATE INDEX ix_monitor_parents_organization_id ON monitor_parents (organization_id);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE monitor_parents")
