-- The audit log. No row has a foreign key: an entry outlives the organization and what it names.

CREATE TABLE audit_entries (
    organization_id integer NOT NULL,
    sequence bigint NOT NULL,
    public_id uuid NOT NULL,
    at timestamptz NOT NULL,
    -- Of this collation, so that all actions on a noun are one range.
    action text COLLATE "C" NOT NULL,
    via varchar(32) NOT NULL,
    actor_kind varchar(32) NOT NULL,
    actor_id uuid,
    target_kind text,
    target_id uuid,
    target_label text,
    request_id text,
    changes jsonb NOT NULL,
    personal_digest bytea NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    salt bytea,
    ip text,
    user_agent text,
    actor_label text,
    personal jsonb,
    words tsvector,
    CONSTRAINT pk_audit_entries PRIMARY KEY (organization_id, sequence),
    CONSTRAINT uq_audit_entries_public_id UNIQUE (public_id),
    CONSTRAINT ck_audit_entries_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT ck_audit_entries_previous_hash CHECK (octet_length(previous_hash) = 32),
    CONSTRAINT ck_audit_entries_personal_digest CHECK (octet_length(personal_digest) = 32),
    CONSTRAINT ck_audit_entries_via CHECK (via IN ('app', 'api_token', 'api_key',
        'service_account', 'link', 'operator', 'system')),
    CONSTRAINT ck_audit_entries_actor_kind CHECK (actor_kind IN ('user', 'api_key',
        'service_account', 'operator', 'link', 'system', 'nobody'))
);

CREATE INDEX ix_audit_entries_organization_id_at ON audit_entries (organization_id, at);
CREATE INDEX ix_audit_entries_actor_id ON audit_entries (actor_id, organization_id, sequence);
CREATE INDEX ix_audit_entries_target_id ON audit_entries (target_id, organization_id, sequence);
CREATE INDEX ix_audit_entries_action ON audit_entries (organization_id, action, sequence);
CREATE INDEX ix_audit_entries_via ON audit_entries (organization_id, via, sequence);
-- Also finds the entries of an organization that still have personal data.
CREATE INDEX ix_audit_entries_ip ON audit_entries (organization_id, ip, sequence)
    WHERE salt IS NOT NULL;
CREATE INDEX ix_audit_entries_words ON audit_entries USING gin (words);
-- For the erasure of a person, who may be named in every chain.
CREATE INDEX ix_audit_entries_named ON audit_entries (lower(personal ->> 'target'))
    WHERE personal ->> 'target' IS NOT NULL;

CREATE TABLE audit_heads (
    organization_id integer NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    at timestamptz NOT NULL,
    pruned_sequence bigint NOT NULL,
    pruned_hash bytea NOT NULL,
    CONSTRAINT pk_audit_heads PRIMARY KEY (organization_id)
);

-- Refuses every change of an entry, whoever asks, but two: to erase its personal data, and to delete
-- it once it is older than the retention.
CREATE FUNCTION keep_audit_entries() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND OLD.at < clock_timestamp() - interval '400 days' THEN
                RETURN OLD;
            END IF;
            IF TG_OP = 'UPDATE' THEN
                OLD.salt := NULL;
                OLD.ip := NULL;
                OLD.user_agent := NULL;
                OLD.actor_label := NULL;
                OLD.personal := NULL;
                OLD.words := NULL;
                IF NEW IS NOT DISTINCT FROM OLD THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'An entry of the audit log is never changed.'
                USING ERRCODE = 'restrict_violation';
        END $$;

CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION keep_audit_entries();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_entries();

-- Erases the personal data of the entries in which this person acts or is named, in all chains.
CREATE FUNCTION erase_audit_person(person uuid, address text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    WITH erased AS (
        UPDATE audit_entries
        SET salt = NULL, ip = NULL, user_agent = NULL, actor_label = NULL, personal = NULL,
            words = NULL
        WHERE salt IS NOT NULL AND (actor_id = person OR target_id = person
            OR lower(personal ->> 'target') = lower(address))
        RETURNING 1)
    SELECT count(*) FROM erased
$$;

-- Erases the personal data of some entries of an organization that was deleted.
CREATE FUNCTION erase_audit_organization(wanted integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    WITH erased AS (
        UPDATE audit_entries
        SET salt = NULL, ip = NULL, user_agent = NULL, actor_label = NULL, personal = NULL,
            words = NULL
        WHERE organization_id = wanted AND salt IS NOT NULL
            AND wanted <> 999999999
            AND NOT EXISTS (SELECT FROM organizations WHERE id = wanted AND deleted_at IS NULL)
            AND sequence IN (
                SELECT sequence FROM audit_entries
                WHERE organization_id = wanted AND salt IS NOT NULL LIMIT most)
        RETURNING 1)
    SELECT count(*) FROM erased
$$;
