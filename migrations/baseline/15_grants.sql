-- The least privileges of each component. 14_row_level_security.sql restricts the rows.

GRANT USAGE ON SCHEMA public TO downtime_api, downtime_live, downtime_operator,
    downtime_worker;

-- api
-- Without the rows of each organization, which are the business of none of them.
GRANT SELECT (name, kind, first_day, last_day, shard, only_for, revision, rows, size_bytes, sha256,
    is_current) ON archive_files TO downtime_api;
GRANT INSERT ON archive_late TO downtime_api;
GRANT SELECT, INSERT ON archive_erasures TO downtime_api;
GRANT SELECT, INSERT, UPDATE ON archive_retentions TO downtime_api;
GRANT SELECT ON acknowledge_tokens, archive_days, dispatch_shards, dispatch_stalls, monitor_days,
    monitor_hours, monitor_months, rollup_progress, text_days TO downtime_api;
GRANT SELECT ON meter_readings TO downtime_api;
GRANT SELECT, INSERT ON account_mails, audit_entries, passkey_challenges, rollup_dirty, seat_changes
    TO downtime_api;
GRANT SELECT, INSERT, UPDATE ON audit_heads, billing_accounts, idempotency_usage,
    organization_policies TO downtime_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_requests, api_keys, blind_spans, burn_rates,
    channel_rate_limits, channels, check_failures, check_results, client_assertions,
    contact_group_members, contact_groups, contacts, credentials, custom_roles, data_keys, deliveries,
    delivery_attempts, domains, escalation_policies, escalation_steps, escalation_targets,
    event_subscriptions, expiries, export_chunks, export_parts, exports, heartbeats,
    idempotency_keys, incident_notes, incidents, invitations, login_devices, login_failures,
    logins, maintenance_spans,
    maintenance_windows, memberships, message_templates, monitor_contact_groups,
    monitor_credentials, monitor_parents, monitor_region_states, monitor_states, monitors,
    on_call_layers, on_call_overrides, on_call_schedules, on_call_turns, organizations, passkeys,
    ping_receiver_spans, pings, project_roles, projects, rechecks, recipients, recovery_codes, refresh_tokens, regions,
    revoked_tokens, saved_views, schedules, second_factors, service_accounts, signing_keys,
    slo_contact_groups, slos, sso_connections, sso_identities,
    sso_logins, team_members, teams, test_runs, text_usage, user_sessions, users TO
    downtime_api;

-- An operator at the console: whom an organization consists of and how its messages fare, and no
-- secret, no monitor, and nothing that somebody wrote into one. A request of the API becomes this role.
GRANT SELECT ON billing_accounts, custom_roles, memberships, organizations TO downtime_operator;
GRANT UPDATE (plan, limit_overrides, standing, updated_at) ON organizations TO downtime_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON factor_resets, suspensions TO downtime_operator;
GRANT SELECT (id, public_id, email, created_at) ON users TO downtime_operator;
GRANT SELECT (user_id, public_id, created_at, network, program, way, outcome) ON logins TO
    downtime_operator;
GRANT SELECT (user_id, confirmed_at) ON second_factors TO downtime_operator;
GRANT SELECT (user_id) ON passkeys, recovery_codes, user_sessions TO downtime_operator;
GRANT DELETE ON passkeys, recovery_codes, second_factors, user_sessions TO downtime_operator;
GRANT SELECT (id, public_id, organization_id, event, kind, address, state, attempt, next_attempt_at,
    last_error, created_at, sent_at) ON deliveries TO downtime_operator;
GRANT UPDATE (state, last_error) ON deliveries TO downtime_operator;
GRANT SELECT (id, public_id, event, address, attempt, created_at, next_attempt_at, last_error,
    sent_at, finished_at) ON account_mails TO downtime_operator;
GRANT UPDATE (attempt, created_at, next_attempt_at, finished_at) ON account_mails TO downtime_operator;
GRANT INSERT ON account_mails TO downtime_operator;

-- dispatch
GRANT INSERT ON archive_late TO downtime_dispatch;
GRANT SELECT ON channels, contact_group_members, contacts, escalation_policies,
    escalation_steps, escalation_targets, event_subscriptions, maintenance_spans,
    monitor_contact_groups, monitor_parents, monitors, on_call_layers, on_call_overrides,
    on_call_schedules, on_call_turns, organizations, ping_receiver_spans, regions TO
    downtime_dispatch;
GRANT SELECT, INSERT ON deliveries, dispatch_stalls, incident_notes TO downtime_dispatch;
GRANT SELECT, UPDATE ON dispatch_shards, heartbeats, monitor_region_states, monitor_states TO
    downtime_dispatch;
GRANT SELECT, INSERT, UPDATE ON check_failures, check_results, incidents, schedules TO
    downtime_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON blind_spans, rechecks TO downtime_dispatch;
GRANT UPDATE (next_attempt_at) ON deliveries TO downtime_dispatch;
GRANT INSERT ON rollup_dirty TO downtime_dispatch;

-- checks
GRANT INSERT ON archive_late TO downtime_checks;
GRANT SELECT ON channels, contact_group_members, contacts, credentials, data_keys,
    escalation_policies, escalation_steps, escalation_targets, event_subscriptions,
    maintenance_spans, monitor_contact_groups, monitor_credentials, monitor_parents, monitors,
    on_call_layers, on_call_overrides, on_call_schedules, on_call_turns, organizations,
    schedules TO downtime_checks;
GRANT SELECT, INSERT ON deliveries, incident_notes TO downtime_checks;
GRANT SELECT, UPDATE ON monitor_region_states, monitor_states, test_runs TO downtime_checks;
GRANT SELECT, INSERT, UPDATE ON check_failures, check_results, expiries, incidents, regions TO
    downtime_checks;
GRANT SELECT, INSERT, UPDATE, DELETE ON blind_spans, rechecks TO downtime_checks;
GRANT UPDATE (next_attempt_at, state) ON deliveries TO downtime_checks;
GRANT INSERT ON rollup_dirty TO downtime_checks;

-- notifications
GRANT SELECT ON account_requests, contact_group_members, contacts, data_keys,
    event_subscriptions, expiries, incidents, invitations, memberships, message_templates,
    monitors, organizations, regions TO downtime_notifications;
GRANT SELECT (evidence, monitor_id, organization_id, slot) ON check_failures TO
    downtime_notifications;
GRANT SELECT (http_status, monitor_id, organization_id, outcome, region_id, slot) ON check_results
    TO downtime_notifications;
GRANT SELECT, INSERT ON delivery_attempts TO downtime_notifications;
GRANT SELECT, UPDATE ON account_mails, channels TO downtime_notifications;
GRANT SELECT, INSERT, UPDATE ON acknowledge_tokens, channel_rate_limits, deliveries,
    text_day_totals, text_days, text_usage TO downtime_notifications;
GRANT SELECT (closed_at, email, id) ON users TO downtime_notifications;

-- housekeeping
GRANT SELECT, INSERT, UPDATE, DELETE ON archive_days, archive_files, archive_manifests TO
    downtime_housekeeping;
GRANT SELECT, INSERT, DELETE ON archive_late TO downtime_housekeeping;
GRANT SELECT, UPDATE ON archive_erasures TO downtime_housekeeping;
GRANT SELECT, INSERT, UPDATE ON archive_retentions TO downtime_housekeeping;
-- Billing records what it changes.
GRANT SELECT, INSERT, DELETE ON audit_entries TO downtime_housekeeping;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_heads TO downtime_housekeeping;
GRANT SELECT ON contact_group_members, contacts, delivery_attempts, dispatch_shards,
    escalation_policies, escalation_steps, escalation_targets, event_subscriptions,
    incident_notes, memberships, monitor_contact_groups, monitor_parents, monitor_states,
    on_call_layers, on_call_schedules, on_call_turns, regions, slo_contact_groups, slos TO
    downtime_housekeeping;
GRANT SELECT, DELETE ON account_mails, account_requests, acknowledge_tokens, blind_spans, channel_rate_limits,
    check_failures, check_results, client_assertions, idempotency_keys, idempotency_usage,
    invitations, login_devices, login_failures, logins, monitors, on_call_overrides,
    organizations, passkey_challenges,
    refresh_tokens,
    revoked_tokens, rollup_dirty, schedules, text_day_totals, text_days, text_usage,
    sso_logins, user_sessions TO downtime_housekeeping;
GRANT SELECT, UPDATE ON domains, expiries, rollup_progress, second_factors TO downtime_housekeeping;
GRANT SELECT, INSERT, DELETE ON monitor_days, monitor_hours, monitor_months TO downtime_housekeeping;
GRANT SELECT, INSERT, UPDATE ON data_keys, meter_progress TO downtime_housekeeping;
-- What was metered is never changed; a correction is a row of its own.
GRANT SELECT, INSERT ON meter_readings TO downtime_housekeeping;
GRANT SELECT, UPDATE ON billing_accounts TO downtime_housekeeping;
GRANT UPDATE (over_limit_since, plan, standing, updated_at) ON organizations TO
    downtime_housekeeping;
-- To pause the monitors that are beyond a plan, and to resume them.
GRANT UPDATE (paused, paused_by_plan, updated_at) ON monitors TO downtime_housekeeping;
GRANT UPDATE (failed_at, recent, run_started, since, state, successes, unknown_since) ON
    monitor_states TO downtime_housekeeping;
GRANT INSERT, UPDATE ON schedules TO downtime_housekeeping;
GRANT SELECT, DELETE ON rechecks TO downtime_housekeeping;
GRANT SELECT, INSERT, DELETE ON monitor_region_states TO downtime_housekeeping;
GRANT SELECT (deadline_at, expected_at, last_ping_at, monitor_id, previous_until, started_at) ON
    heartbeats TO downtime_housekeeping;
GRANT UPDATE (deadline_at, expected_at) ON heartbeats TO downtime_housekeeping;
GRANT SELECT ON exports, seat_changes TO downtime_housekeeping;
GRANT SELECT, UPDATE, DELETE ON channels, dispatch_stalls, incidents, maintenance_windows,
    test_runs TO downtime_housekeeping;
GRANT SELECT, INSERT, UPDATE, DELETE ON burn_rates, deliveries, maintenance_spans, signing_keys
    TO downtime_housekeeping;
GRANT SELECT (previous_until, updated_at) ON api_keys TO downtime_housekeeping;
GRANT UPDATE (previous_hash, previous_until, updated_at) ON api_keys TO downtime_housekeeping;
GRANT UPDATE (previous_hash, previous_until) ON heartbeats TO downtime_housekeeping;
GRANT UPDATE (deleted_at) ON organizations TO downtime_housekeeping;
-- To erase accounts and organizations after their grace.
GRANT SELECT, INSERT ON archive_erasures TO downtime_housekeeping;
GRANT INSERT ON account_mails TO downtime_housekeeping;
GRANT DELETE ON users TO downtime_housekeeping;
GRANT UPDATE (by) ON incident_notes TO downtime_housekeeping;
GRANT SELECT (previous_until, updated_at) ON service_accounts TO downtime_housekeeping;
GRANT UPDATE (previous_hash, previous_until, updated_at) ON service_accounts TO
    downtime_housekeeping;
GRANT SELECT (closed_at, email, id, public_id) ON users TO downtime_housekeeping;

-- To close an organization that stayed suspended.
GRANT UPDATE (closed_at, restore_id) ON organizations TO downtime_housekeeping;
GRANT SELECT (organization_id) ON heartbeats TO downtime_housekeeping;
GRANT SELECT, UPDATE, DELETE ON suspensions TO downtime_housekeeping;
GRANT SELECT, DELETE ON factor_resets TO downtime_housekeeping;
GRANT INSERT ON account_mails, archive_erasures, seat_changes TO downtime_housekeeping;
GRANT SELECT (organization_id) ON api_keys, service_accounts TO downtime_housekeeping;
GRANT DELETE ON api_keys, memberships, service_accounts TO downtime_housekeeping;
GRANT UPDATE (deleted_at) ON monitors TO downtime_housekeeping;
GRANT SELECT ON suspensions TO downtime_api, downtime_exports;

-- exports
GRANT SELECT ON archive_days, archive_files, archive_retentions TO downtime_exports;
GRANT SELECT ON blind_spans, check_failures, check_results, dispatch_shards, incidents,
    maintenance_spans, monitor_days, monitor_hours, monitor_months, monitors, organizations,
    recipients, regions, rollup_progress, schedules TO downtime_exports;
GRANT SELECT, INSERT ON export_parts TO downtime_exports;
GRANT SELECT, INSERT, DELETE ON export_chunks TO downtime_exports;
GRANT SELECT, UPDATE, DELETE ON exports TO downtime_exports;

-- Sequences of generated ids.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO downtime_api, downtime_operator;

-- Functions that see more than their caller: only for the roles that need them.
REVOKE EXECUTE ON FUNCTION confirmation_asked_at, count_deliveries, count_monitors, count_own_failures,
    count_states, count_stray_rows, count_unknown, count_unknown_slots, deliveries_waiting_since,
    drop_day_partition, drop_sealed_day, erase_audit_organization, erase_audit_person,
    make_day_partition, oldest_unarchived_day, organization_of_acknowledge_token,
    organization_of_heartbeat, organizations_of_sessions, search_audit_entries,
    silent_regions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION confirmation_asked_at, erase_audit_person,
    organization_of_acknowledge_token, organization_of_heartbeat, search_audit_entries TO downtime_api;
-- Its only right: to find out which organization a session acts for.
GRANT EXECUTE ON FUNCTION organizations_of_sessions TO downtime_live;
GRANT EXECUTE ON FUNCTION erase_audit_person TO downtime_housekeeping;
GRANT EXECUTE ON FUNCTION count_deliveries, count_monitors, count_own_failures, count_states,
    count_stray_rows, count_unknown, count_unknown_slots, deliveries_waiting_since,
    oldest_unarchived_day, silent_regions TO downtime_api, downtime_housekeeping;
GRANT EXECUTE ON FUNCTION drop_day_partition, drop_sealed_day, erase_audit_organization,
    make_day_partition TO downtime_housekeeping;
