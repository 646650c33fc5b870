"""Idempotency keys."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE idempotency_keys (
            organization_id integer NOT NULL,
            fingerprint bytea NOT NULL,
            request_hash bytea NOT NULL,
            data_key_id integer NOT NULL,
            nonce bytea NOT NULL,
            ciphertext bytea NOT NULL,
            created_at timestamptz DEFAULT now() NOT NULL,
            CONSTRAINT pk_idempotency_keys PRIMARY KEY (organization_id, fingerprint),
            CONSTRAINT ck_idempotency_keys_fingerprint CHECK (octet_length(fingerprint) = 32),
            CONSTRAINT ck_idempotency_keys_request_hash CHECK (octet_length(request_hash) = 32),
            CONSTRAINT ck_idempotency_keys_nonce CHECK (octet_length(nonce) = 12),
            CONSTRAINT fk_idempotency_keys_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
            CONSTRAINT fk_idempotency_keys_data_key_id
                FOREIGN KEY (data_key_id) REFERENCES data_keys (id)
        );
        CREATE INDEX ix_idempotency_keys_data_key_id ON idempotency_keys (data_key_id);
        CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE idempotency_keys;")
