-- Projects confine a request further: it sees only what belongs to some projects of its
-- organization. A row without a project is then hidden, and so is a row that refers to no monitor.
--
-- These policies are restrictive, so they narrow those of organizations. They hold for the API alone:
-- a worker notifies the groups of other projects, too. A caller who sees all projects pays for one
-- comparison with null in each query.

DO $$
DECLARE
    free constant text := '(SELECT current_projects()) IS NULL OR ';
    each record;
BEGIN
    FOR each IN
        SELECT c.relname, a.attname,
            CASE a.attname
                WHEN 'project_id' THEN 'project_id = ANY ((SELECT current_projects())::integer[])'
                WHEN 'monitor_id' THEN 'monitor_id IN (SELECT id FROM monitors)'
                ELSE 'incident_id IN (SELECT id FROM incidents)'
            END AS visible
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition AND c.relname NOT IN ('project_roles', 'test_runs')
            AND (a.attname = 'project_id'
                OR a.attname = 'monitor_id'
                OR a.attname = 'incident_id' AND NOT EXISTS (
                    SELECT FROM pg_attribute
                    WHERE attrelid = c.oid AND attname = 'monitor_id' AND NOT attisdropped))
    LOOP
        EXECUTE format(
            'CREATE POLICY of_projects ON %I AS RESTRICTIVE TO downtime_api USING (%s) WITH CHECK (%s)',
            each.relname, free || each.visible, free || each.visible);
    END LOOP;

    FOR each IN
        SELECT * FROM (VALUES
            ('test_runs',
                'monitor_id IN (SELECT id FROM monitors) OR monitor_id IS NULL'
                ' AND project_id = ANY ((SELECT current_projects())::integer[])'),
            ('projects', 'id = ANY ((SELECT current_projects())::integer[])'),
            ('escalation_steps', 'escalation_policy_id IN (SELECT id FROM escalation_policies)'),
            ('escalation_targets', 'escalation_policy_id IN (SELECT id FROM escalation_policies)'),
            ('on_call_schedules', 'id IN (SELECT on_call_schedule_id FROM escalation_targets)'),
            ('contact_group_members', 'contact_group_id IN (SELECT id FROM contact_groups)'),
            ('contacts', 'id IN (SELECT contact_id FROM contact_group_members)'),
            ('channels', 'contact_id IN (SELECT id FROM contacts)'),
            ('slo_contact_groups', 'slo_id IN (SELECT id FROM slos)'),
            ('burn_rates', 'slo_id IN (SELECT id FROM slos)'),
            ('delivery_attempts', 'delivery_id IN (SELECT id FROM deliveries)'),
            ('maintenance_windows',
                'NOT all_monitors AND cardinality(tags) = 0'
                ' AND monitor_ids <@ ARRAY(SELECT id FROM monitors)'),
            ('exports', 'monitor_ids <@ ARRAY(SELECT id FROM monitors)'),
            ('export_parts', 'export_id IN (SELECT id FROM exports)'),
            ('export_chunks', 'export_id IN (SELECT id FROM exports)')
        ) AS pairs(relname, visible)
    LOOP
        EXECUTE format(
            'CREATE POLICY of_projects ON %I AS RESTRICTIVE TO downtime_api USING (%s) WITH CHECK (%s)',
            each.relname, free || each.visible, free || each.visible);
    END LOOP;
END $$;
