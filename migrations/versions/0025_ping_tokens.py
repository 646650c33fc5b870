"""Tokens of heartbeats are found by a hash and kept sealed, no longer in the clear.

Nobody has the keys here, so those that there are get their hash, and stay in the clear until the upkeep
of a worker has sealed them, and a day longer: until then the version before this one finds them. What that
makes meanwhile gets its hash from a trigger, and `organization_of_heartbeat(text)` is for it alone. The column
`token`, the trigger and that function go with a later migration.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE heartbeats
            ADD token_hash bytea, ADD data_key_id integer, ADD nonce bytea, ADD ciphertext bytea,
            ADD sealed_at timestamptz, ALTER token DROP NOT NULL;
        UPDATE heartbeats SET token_hash = sha256(convert_to(token, 'UTF8'));
        CREATE FUNCTION hash_ping_token() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.token_hash := sha256(convert_to(NEW.token, 'UTF8'));
            RETURN NEW;
        END $$;
        CREATE TRIGGER hash_ping_token BEFORE INSERT ON heartbeats
            FOR EACH ROW WHEN (NEW.token_hash IS NULL) EXECUTE FUNCTION hash_ping_token();
        ALTER TABLE heartbeats
            ALTER token_hash SET NOT NULL,
            ADD CONSTRAINT uq_heartbeats_token_hash UNIQUE (token_hash),
            ADD CONSTRAINT ck_heartbeats_sealed CHECK (
                (ciphertext IS NULL) = (nonce IS NULL)
                AND (ciphertext IS NULL) = (data_key_id IS NULL)
                AND (ciphertext IS NULL) = (sealed_at IS NULL)
                AND (ciphertext IS NOT NULL OR token IS NOT NULL)),
            ADD CONSTRAINT fk_heartbeats_organization_id_data_key_id
                FOREIGN KEY (organization_id, data_key_id)
                REFERENCES data_keys (organization_id, id);
        CREATE INDEX ix_heartbeats_data_key_id ON heartbeats (data_key_id);

        CREATE FUNCTION organization_of_heartbeat(wanted bytea) RETURNS integer
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            RETURN (SELECT organization_id FROM heartbeats WHERE token_hash = wanted);
        REVOKE EXECUTE ON FUNCTION organization_of_heartbeat(bytea) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION organization_of_heartbeat(bytea) TO downtime_api;

        GRANT SELECT (monitor_id, organization_id, token, sealed_at),
            UPDATE (token, data_key_id, nonce, ciphertext, sealed_at)
            ON heartbeats TO downtime_maintenance;
        GRANT INSERT ON data_keys TO downtime_maintenance;
    """)


def downgrade() -> None:
    """Fails, and changes nothing, if there are tokens that only the keys can open."""
    op.execute("""
        ALTER TABLE heartbeats ALTER token SET NOT NULL;
        REVOKE INSERT ON data_keys FROM downtime_maintenance;
        REVOKE SELECT (monitor_id, organization_id, token, sealed_at),
            UPDATE (token, data_key_id, nonce, ciphertext, sealed_at)
            ON heartbeats FROM downtime_maintenance;
        DROP FUNCTION organization_of_heartbeat(bytea);
        DROP TRIGGER hash_ping_token ON heartbeats;
        DROP FUNCTION hash_ping_token;
        ALTER TABLE heartbeats
            DROP token_hash, DROP data_key_id, DROP nonce, DROP ciphertext, DROP sealed_at;
    """)
