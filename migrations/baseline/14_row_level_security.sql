-- Row-level security: each organization sees only its own rows, even if a query has no filter.
--
-- The policies are made from the catalogue and not from a list: every table with a column
-- `organization_id` belongs to organizations. The roles of workers are members of downtime_worker,
-- which sees all rows. Partitions get no policy here, because they are read through their parents.

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

    -- Read before the organization is known: by an address, a public id or the hash of a secret.
    FOR each IN
        SELECT unnest(ARRAY['organizations', 'memberships', 'refresh_tokens', 'invitations',
            'api_keys', 'service_accounts', 'organization_policies', 'billing_accounts',
            'domains', 'sso_connections']) AS relname
    LOOP
        EXECUTE format(
            'CREATE POLICY at_the_door ON %I FOR SELECT TO downtime_api'
            ' USING ((SELECT current_organization()) IS NULL)', each.relname);
    END LOOP;

    -- An operator finds an organization before acting for it, too.
    FOR each IN SELECT unnest(ARRAY['organizations', 'memberships']) AS relname LOOP
        EXECUTE format(
            'CREATE POLICY at_the_console ON %I FOR SELECT TO downtime_operator'
            ' USING ((SELECT current_organization()) IS NULL)', each.relname);
    END LOOP;
END $$;

-- A metric counts the rows of the default partitions, so these need a policy.
CREATE POLICY of_all ON check_results_default TO downtime_worker USING (true) WITH CHECK (true);
CREATE POLICY of_all ON check_failures_default TO downtime_worker USING (true) WITH CHECK (true);
