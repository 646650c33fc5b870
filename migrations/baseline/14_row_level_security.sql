-- Row level security: each organization sees its own rows, whatever a query forgets to say.
--
-- Written against the catalogue rather than against a list: what has a column `organization_id`
-- belongs to an organization. The roles of workers are members of downtime_worker, which sees all rows.
-- Partitions get no policy: they are read through their parents, or not at all.

DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT c.relname, c.relispartition,
            CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END AS tenant
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND (c.relname = 'organizations' OR EXISTS (
                SELECT FROM pg_attribute
                WHERE attrelid = c.oid AND attname = 'organization_id' AND NOT attisdropped))
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.relname);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', each.relname);
        CONTINUE WHEN each.relispartition;
        EXECUTE format(
            'CREATE POLICY of_organization ON %I'
            ' USING (%I = (SELECT current_organization()))'
            ' WITH CHECK (%I = (SELECT current_organization()))',
            each.relname, each.tenant, each.tenant);
        EXECUTE format(
            'CREATE POLICY of_all ON %I TO downtime_worker USING (true) WITH CHECK (true)',
            each.relname);
    END LOOP;

    -- Read before it is known on whose behalf: by an address, a public id or the hash of a secret.
    FOR each IN
        SELECT unnest(ARRAY['organizations', 'memberships', 'refresh_tokens', 'invitations',
            'api_keys', 'service_accounts']) AS relname
    LOOP
        EXECUTE format(
            'CREATE POLICY at_the_door ON %I FOR SELECT TO downtime_api'
            ' USING ((SELECT current_organization()) IS NULL)', each.relname);
    END LOOP;
END $$;

-- Rows in the wrong partition are counted there.
CREATE POLICY of_all ON check_results_default TO downtime_worker USING (true) WITH CHECK (true);
CREATE POLICY of_all ON check_failures_default TO downtime_worker USING (true) WITH CHECK (true);
