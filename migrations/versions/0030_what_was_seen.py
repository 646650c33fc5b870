"""Rows say how late their probe began, and unknown time outlives them.

Outcome and cause take one byte each, which makes room for the lateness. The rows that there are get none.
Blind spans are filled from those rows by `downtime blind-spans rebuild`. Workers of the version before
cannot write while this runs or after it: stop them first. Rechecks that are under way are forgotten: the
next regular check takes their place.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE check_results
            ALTER outcome TYPE "char" USING outcome::integer::"char",
            ALTER cause TYPE "char" USING cause::integer::"char",
            ADD lateness smallint NOT NULL DEFAULT 0;
        ALTER TABLE monitor_states
            ADD failed_at double precision NOT NULL DEFAULT 0,
            ADD unknown_since integer NOT NULL DEFAULT 0,
            ADD blind_until integer NOT NULL DEFAULT 0;
        ALTER TABLE monitor_region_states
            ADD failed_at double precision NOT NULL DEFAULT 0,
            ADD unknown_since integer NOT NULL DEFAULT 0;
        UPDATE monitor_states SET unknown_since = extract(epoch FROM since) WHERE state = 'unknown';
        UPDATE monitor_region_states SET unknown_since = extract(epoch FROM since)
            WHERE state = 'unknown';
        UPDATE dispatch_shards SET verified = watermark;
    """)
    _change_rechecks()
    _make_blind_spans()
    _make_dispatch_stalls()


def downgrade() -> None:
    op.execute("""
        DROP TABLE dispatch_stalls, blind_spans;
        REVOKE SELECT ON dispatch_shards FROM downtime_exports;
        REVOKE UPDATE ON rechecks FROM downtime_checks;
        DELETE FROM rechecks;
        DROP INDEX ix_rechecks_shard_due;
        ALTER TABLE rechecks DROP CONSTRAINT pk_rechecks, DROP due, DROP expires,
            ALTER slot SET NOT NULL, ADD published_at timestamptz,
            ADD CONSTRAINT pk_rechecks PRIMARY KEY (monitor_id, slot, region_id);
        UPDATE dispatch_shards SET verified = verified - 30;
        ALTER TABLE monitor_region_states DROP failed_at, DROP unknown_since;
        ALTER TABLE monitor_states DROP failed_at, DROP unknown_since, DROP blind_until;
        ALTER TABLE check_results
            DROP lateness,
            ALTER outcome TYPE smallint USING outcome::integer,
            ALTER cause TYPE smallint USING cause::integer;
    """)


def _change_rechecks() -> None:
    op.execute("""
        DELETE FROM rechecks;
        ALTER TABLE rechecks DROP CONSTRAINT pk_rechecks, DROP published_at,
            ALTER slot DROP NOT NULL, ADD due integer, ADD expires integer,
            ADD CONSTRAINT pk_rechecks PRIMARY KEY (monitor_id, region_id),
            ADD CONSTRAINT ck_rechecks_due_or_published CHECK (due IS NOT NULL OR slot IS NOT NULL),
            ADD CONSTRAINT ck_rechecks_only_due_expires
                CHECK (expires IS NULL OR due IS NOT NULL);
        CREATE INDEX ix_rechecks_shard_due ON rechecks (shard, due);
        GRANT UPDATE ON rechecks TO downtime_checks;
    """)


def _make_blind_spans() -> None:
    op.execute("""
        CREATE TABLE blind_spans (
            monitor_id integer NOT NULL,
            from_slot integer NOT NULL,
            until_slot integer NOT NULL,
            organization_id integer NOT NULL,
            CONSTRAINT pk_blind_spans PRIMARY KEY (monitor_id, from_slot),
            CONSTRAINT fk_blind_spans_organization_id_monitor_id
                FOREIGN KEY (organization_id, monitor_id)
                REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
            CONSTRAINT fk_blind_spans_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
            CONSTRAINT ck_blind_spans_order CHECK (from_slot < until_slot)
        );
        CREATE INDEX ix_blind_spans_organization_id ON blind_spans (organization_id);
        ALTER TABLE blind_spans ENABLE ROW LEVEL SECURITY;
        ALTER TABLE blind_spans FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_organization ON blind_spans
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()));
        CREATE POLICY of_all ON blind_spans TO downtime_worker USING (true) WITH CHECK (true);
        GRANT SELECT, INSERT, UPDATE, DELETE ON blind_spans
            TO downtime_api, downtime_checks, downtime_dispatch;
        GRANT SELECT, DELETE ON blind_spans TO downtime_maintenance;
        GRANT SELECT ON blind_spans TO downtime_exports;
        GRANT SELECT ON dispatch_shards TO downtime_exports;
    """)


def _make_dispatch_stalls() -> None:
    op.execute("""
        CREATE TABLE dispatch_stalls (
            shard smallint NOT NULL,
            from_slot integer NOT NULL,
            until_slot integer NOT NULL,
            rows_until integer NOT NULL,
            missed integer NOT NULL,
            reported_at timestamptz,
            CONSTRAINT pk_dispatch_stalls PRIMARY KEY (shard, from_slot),
            CONSTRAINT ck_dispatch_stalls_order CHECK (from_slot < until_slot),
            CONSTRAINT ck_dispatch_stalls_rows_until
                CHECK (rows_until BETWEEN from_slot AND until_slot)
        );
        GRANT SELECT, INSERT ON dispatch_stalls TO downtime_dispatch;
        GRANT SELECT, UPDATE, DELETE ON dispatch_stalls TO downtime_maintenance;
        GRANT SELECT ON dispatch_stalls TO downtime_metrics;
    """)
