-- Idempotency keys, which make requests repeatable.

CREATE TABLE idempotency_usage (
    organization_id integer NOT NULL,
    hour timestamptz NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT pk_idempotency_usage PRIMARY KEY (organization_id, hour),
    CONSTRAINT fk_idempotency_usage_organization_id FOREIGN KEY(organization_id) REFERENCES
        organizations (id) ON DELETE CASCADE
);

CREATE TABLE idempotency_keys (
    organization_id integer NOT NULL,
    fingerprint bytea NOT NULL,
    request_hash bytea NOT NULL,
    data_key_id integer NOT NULL,
    nonce bytea NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (organization_id, fingerprint),
    CONSTRAINT fk_idempotency_keys_organization_id_data_key_id FOREIGN KEY(organization_id,
        data_key_id) REFERENCES data_keys (organization_id, id),
    CONSTRAINT ck_idempotency_keys_fingerprint CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT ck_idempotency_keys_request_hash CHECK (octet_length(request_hash) = 32),
    CONSTRAINT ck_idempotency_keys_nonce CHECK (octet_length(nonce) = 12),
    CONSTRAINT fk_idempotency_keys_organization_id FOREIGN KEY(organization_id) REFERENCES
        organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_idempotency_keys_data_key_id ON idempotency_keys (data_key_id);
