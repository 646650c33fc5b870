-- Check results in day partitions, their roll-ups, rechecks, blind spans, and the progress of
-- dispatch.

CREATE TABLE check_failures (
    monitor_id integer NOT NULL,
    slot integer NOT NULL,
    region_id smallint NOT NULL,
    organization_id integer NOT NULL,
    detail text NOT NULL,
    evidence jsonb,
    CONSTRAINT pk_check_failures PRIMARY KEY (monitor_id, slot, region_id)
) PARTITION BY RANGE (slot);

-- A search in the failures of an organization, newest first, reads no others.
CREATE INDEX ix_check_failures_organization_id_slot_monitor_id_region_id
    ON check_failures (organization_id, slot, monitor_id, region_id);

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

CREATE INDEX ix_blind_spans_organization_id_until_slot ON blind_spans (organization_id, until_slot);

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

CREATE TABLE monitor_hours (
    monitor_id integer NOT NULL,
    from_slot integer NOT NULL,
    total_us bigint NOT NULL,
    dns_ms bigint NOT NULL,
    connect_ms bigint NOT NULL,
    tls_ms bigint NOT NULL,
    first_byte_ms bigint NOT NULL,
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    unknown integer NOT NULL,
    min_us integer NOT NULL,
    max_us integer NOT NULL,
    organization_id integer NOT NULL,
    region_id smallint NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT pk_monitor_hours PRIMARY KEY (monitor_id, from_slot, region_id)
) PARTITION BY RANGE (from_slot);

CREATE TABLE monitor_days (
    monitor_id integer NOT NULL,
    from_slot integer NOT NULL,
    total_us bigint NOT NULL,
    dns_ms bigint NOT NULL,
    connect_ms bigint NOT NULL,
    tls_ms bigint NOT NULL,
    first_byte_ms bigint NOT NULL,
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    unknown integer NOT NULL,
    min_us integer NOT NULL,
    max_us integer NOT NULL,
    organization_id integer NOT NULL,
    region_id smallint NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT pk_monitor_days PRIMARY KEY (monitor_id, from_slot, region_id),
    CONSTRAINT fk_monitor_days_organization_id_monitor_id FOREIGN KEY(organization_id, monitor_id)
        REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_monitor_days_region_id FOREIGN KEY(region_id) REFERENCES regions (id),
    CONSTRAINT fk_monitor_days_organization_id FOREIGN KEY(organization_id) REFERENCES organizations
        (id) ON DELETE CASCADE
);

CREATE INDEX ix_monitor_days_organization_id ON monitor_days (organization_id);

CREATE TABLE monitor_months (
    monitor_id integer NOT NULL,
    from_slot integer NOT NULL,
    total_us bigint NOT NULL,
    dns_ms bigint NOT NULL,
    connect_ms bigint NOT NULL,
    tls_ms bigint NOT NULL,
    first_byte_ms bigint NOT NULL,
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    unknown integer NOT NULL,
    min_us integer NOT NULL,
    max_us integer NOT NULL,
    organization_id integer NOT NULL,
    region_id smallint NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT pk_monitor_months PRIMARY KEY (monitor_id, from_slot, region_id),
    CONSTRAINT fk_monitor_months_organization_id_monitor_id FOREIGN KEY(organization_id, monitor_id)
        REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_monitor_months_region_id FOREIGN KEY(region_id) REFERENCES regions (id),
    CONSTRAINT fk_monitor_months_organization_id FOREIGN KEY(organization_id) REFERENCES organizations
        (id) ON DELETE CASCADE
);

CREATE INDEX ix_monitor_months_organization_id ON monitor_months (organization_id);

CREATE TABLE rollup_dirty (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    organization_id integer NOT NULL,
    monitor_id integer NOT NULL,
    from_slot integer NOT NULL,
    CONSTRAINT pk_rollup_dirty PRIMARY KEY (id),
    CONSTRAINT fk_rollup_dirty_organization_id_monitor_id FOREIGN KEY(organization_id, monitor_id)
        REFERENCES monitors (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_rollup_dirty_organization_id FOREIGN KEY(organization_id) REFERENCES organizations
        (id) ON DELETE CASCADE
);

CREATE TABLE rollup_progress (
    id smallint NOT NULL,
    until_slot integer NOT NULL,
    after_monitor integer NOT NULL,
    settling_slot integer NOT NULL,
    settling_xid bigint NOT NULL,
    refused_hours bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pk_rollup_progress PRIMARY KEY (id),
    CONSTRAINT ck_rollup_progress_single CHECK (id = 1)
);

-- Rows of a day without a partition go here, and a metric counts them.
CREATE TABLE check_results_default PARTITION OF check_results DEFAULT;
CREATE TABLE check_failures_default PARTITION OF check_failures DEFAULT;
CREATE TABLE monitor_hours_default PARTITION OF monitor_hours DEFAULT;

INSERT INTO dispatch_shards (shard, watermark, verified, closed)
SELECT shard, now, now, now
FROM generate_series(0, 15) AS shard,
    (SELECT floor(extract(epoch FROM clock_timestamp()))::integer AS now) AS clock;

-- Roll-ups begin with the hour of this moment.
INSERT INTO rollup_progress (id, until_slot, after_monitor, settling_slot, settling_xid)
SELECT 1, hour, 0, hour, 0
FROM (SELECT floor(extract(epoch FROM clock_timestamp()) / 3600)::integer * 3600 AS hour) AS clock;
