"""Bounds of who one is taken for, and of what one leaves: guesses, sessions, addresses, answers.

An invitation counts how often it was sent again, and the wrong passwords and codes that came with it. A session that is there ends
90 days after it began, as new ones do. A heartbeat that gets another address keeps the hash of the
one before for a while. How much is kept of answers to requests that may come again is counted by the hour.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE invitations
            ADD resends smallint DEFAULT 0 NOT NULL,
            ADD failures smallint DEFAULT 0 NOT NULL;

        UPDATE user_sessions SET expires_at = created_at + interval '90 days'
            WHERE expires_at > created_at + interval '90 days';

        ALTER TABLE heartbeats
            ADD token_version smallint DEFAULT 1 NOT NULL,
            ADD previous_hash bytea, ADD previous_until timestamptz,
            ADD CONSTRAINT uq_heartbeats_previous_hash UNIQUE (previous_hash),
            ADD CONSTRAINT ck_heartbeats_former
                CHECK ((previous_hash IS NULL) = (previous_until IS NULL));
        GRANT SELECT (previous_until, token_version),
            UPDATE (previous_hash, previous_until, token_version)
            ON heartbeats TO downtime_maintenance;

        CREATE TABLE idempotency_usage (
            organization_id integer NOT NULL,
            hour timestamptz NOT NULL,
            size bigint NOT NULL,
            CONSTRAINT pk_idempotency_usage PRIMARY KEY (organization_id, hour),
            CONSTRAINT fk_idempotency_usage_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );
        ALTER TABLE idempotency_usage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_organization ON idempotency_usage
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()));
        CREATE POLICY of_all ON idempotency_usage TO downtime_worker
            USING (true) WITH CHECK (true);
        GRANT SELECT, INSERT, UPDATE ON idempotency_usage TO downtime_api;
        GRANT SELECT, DELETE ON idempotency_usage TO downtime_maintenance;
    """)
    _find_heartbeats_by("""
        SELECT organization_id FROM heartbeats WHERE token_hash = wanted
        UNION ALL SELECT organization_id FROM heartbeats WHERE previous_hash = wanted
    """)


def downgrade() -> None:
    _find_heartbeats_by("SELECT organization_id FROM heartbeats WHERE token_hash = wanted")
    op.execute("""
        DROP TABLE idempotency_usage;
        REVOKE SELECT (previous_until, token_version),
            UPDATE (previous_hash, previous_until, token_version)
            ON heartbeats FROM downtime_maintenance;
        ALTER TABLE heartbeats DROP token_version, DROP previous_hash, DROP previous_until;
        ALTER TABLE invitations DROP resends, DROP failures;
    """)


def _find_heartbeats_by(query: str) -> None:
    """Say how the organization of a ping is found; whether the address is good yet, the API looks."""
    op.execute(f"""
        CREATE OR REPLACE FUNCTION organization_of_heartbeat(wanted bytea) RETURNS integer
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            RETURN ({query});
    """)
