-- Who belongs to what was closed, or was closed, has no way in: neither people, machines nor
-- invitations. Their rows are hidden and not deleted, so that a restore brings them back.

DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT * FROM (VALUES
            ('memberships', 'user_id'), ('refresh_tokens', 'user_id'), ('invitations', 'invited_by'),
            ('api_keys', 'created_by'), ('service_accounts', 'created_by')
        ) AS doors (relname, person)
    LOOP
        EXECUTE format(
            'CREATE POLICY of_open ON %I AS RESTRICTIVE TO downtime_api USING ('
            ' NOT EXISTS (SELECT FROM organizations o'
            ' WHERE o.id = %I.organization_id AND o.closed_at IS NOT NULL)'
            ' AND NOT EXISTS (SELECT FROM users u'
            ' WHERE u.id = %I.%I AND u.closed_at IS NOT NULL)) WITH CHECK (true)',
            each.relname, each.relname, each.relname, each.person);
    END LOOP;
END $$;
