"""What bounds who one is taken for: guesses are counted, and sessions end.

An invitation counts how often it was sent again, and the wrong passwords and codes that came with it. A session that is there ends
90 days after it began, as new ones do. A heartbeat that gets another address keeps the hash of the
one before for a while.
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

        ALTER TABLE heartbeats
            ADD token_version smallint DEFAULT 1 NOT NULL,
            ADD former_hash bytea, ADD former_until timestamptz,
            ADD CONSTRAINT uq_heartbeats_former_hash UNIQUE (former_hash),
            ADD CONSTRAINT ck_heartbeats_former
                CHECK ((former_hash IS NULL) = (former_until IS NULL));
        GRANT SELECT (former_until, token_version),
            UPDATE (former_hash, former_until, token_version)
            ON heartbeats TO downtime_maintenance;
    """)
    _find_heartbeats_by("""
        SELECT organization_id FROM heartbeats WHERE token_hash = wanted
        UNION ALL SELECT organization_id FROM heartbeats WHERE former_hash = wanted
    """)


def downgrade() -> None:
    _find_heartbeats_by("SELECT organization_id FROM heartbeats WHERE token_hash = wanted")
    op.execute("""
        REVOKE SELECT (former_until, token_version),
            UPDATE (former_hash, former_until, token_version)
            ON heartbeats FROM downtime_maintenance;
        ALTER TABLE heartbeats DROP token_version, DROP former_hash, DROP former_until;
        ALTER TABLE invitations DROP resends, DROP failures;
    """)


def _find_heartbeats_by(query: str) -> None:
    """Say how the organization of a ping is found; whether the address is good yet, the API looks."""
    op.execute(f"""
        CREATE OR REPLACE FUNCTION organization_of_heartbeat(wanted bytea) RETURNS integer
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            RETURN ({query});
    """)
