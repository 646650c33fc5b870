-- Check results in day partitions, rechecks, blind spans, and the progress of dispatch.

CREATE TABLE check_failures (
    monitor_id integer NOT NULL,
    slot integer NOT NULL,
    region_id smallint NOT NULL,
    organization_id integer NOT NULL,
    detail text NOT NULL,
    evidence jsonb,
    CONSTRAINT pk_check_failures PRIMARY KEY (monitor_id, slot, region_id)
) PARTITION BY RANGE (slot);

CREATE TABLE check_results (
    monitor_id integer NOT NULL,
    slot integer NOT NULL,
    organization_id integer NOT NULL,
    total_us integer NOT NULL,
    region_id smallint NOT NULL,
    outcome "char" NOT NULL,
    cause "char" NOT NULL,
    http_status smallint NOT NULL,
    dns_ms smallint NOT NULL,
    connect_ms smallint NOT NULL,
    tls_ms smallint NOT NULL,
    first_byte_ms smallint NOT NULL,
    lateness smallint DEFAULT 0 NOT NULL,
    CONSTRAINT pk_check_results PRIMARY KEY (monitor_id, slot, region_id)
) PARTITION BY RANGE (slot);

CREATE TABLE dispatch_shards (
    shard smallint NOT NULL,
    watermark integer NOT NULL,
    verified integer NOT NULL,
    closed integer NOT NULL,
    CONSTRAINT pk_dispatch_shards PRIMARY KEY (shard)
);

CREATE TABLE dispatch_stalls (
    shard smallint NOT NULL,
    from_slot integer NOT NULL,
    until_slot integer NOT NULL,
    rows_until integer NOT NULL,
    missed integer NOT NULL,
    reported_at timestamptz,
    CONSTRAINT pk_dispatch_stalls PRIMARY KEY (shard, from_slot),
    CONSTRAINT ck_dispatch_stalls_order CHECK (from_slot < until_slot),
    CONSTRAINT ck_dispatch_stalls_rows_until CHECK (rows_until BETWEEN from_slot AND until_slot)
);

CREATE TABLE blind_spans (
    monitor_id integer NOT NULL,
    from_slot integer NOT NULL,
    until_slot integer NOT NULL,
    organization_id integer NOT NULL,
    CONSTRAINT pk_blind_spans PRIMARY KEY (monitor_id, from_slot),
    CONSTRAINT fk_blind_spans_organization_id_monitor_id FOREIGN KEY(organization_id, monitor_id)
        REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_blind_spans_order CHECK (from_slot < until_slot),
    CONSTRAINT fk_blind_spans_organization_id FOREIGN KEY(organization_id) REFERENCES organizations
        (id) ON DELETE CASCADE
);

CREATE INDEX ix_blind_spans_organization_id ON blind_spans (organization_id);

CREATE TABLE rechecks (
    monitor_id integer NOT NULL,
    region_id smallint NOT NULL,
    organization_id integer NOT NULL,
    shard smallint NOT NULL,
    due integer,
    slot integer,
    expires integer,
    CONSTRAINT pk_rechecks PRIMARY KEY (monitor_id, region_id),
    CONSTRAINT fk_rechecks_organization_id_monitor_id FOREIGN KEY(organization_id, monitor_id)
        REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_rechecks_due_or_published CHECK (due IS NOT NULL OR slot IS NOT NULL),
    CONSTRAINT ck_rechecks_only_due_expires CHECK (expires IS NULL OR due IS NOT NULL),
    CONSTRAINT fk_rechecks_region_id FOREIGN KEY(region_id) REFERENCES regions (id),
    CONSTRAINT fk_rechecks_organization_id FOREIGN KEY(organization_id) REFERENCES organizations
        (id) ON DELETE CASCADE
);

CREATE INDEX ix_rechecks_shard_due ON rechecks (shard, due);
CREATE INDEX ix_rechecks_shard_slot ON rechecks (shard, slot);

-- Rows of a day without a partition go here, and a metric counts them.
CREATE TABLE check_results_default PARTITION OF check_results DEFAULT;
CREATE TABLE check_failures_default PARTITION OF check_failures DEFAULT;

INSERT INTO dispatch_shards (shard, watermark, verified, closed)
SELECT shard, now, now, now
FROM generate_series(0, 15) AS shard,
    (SELECT floor(extract(epoch FROM clock_timestamp()))::integer AS now) AS clock;
