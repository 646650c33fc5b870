"""Monitors, their checks and states, heartbeats, objectives, maintenance, exports."""

from services.privacy.catalogue.lines import (
    CHECKS,
    DERIVED,
    KEY,
    SEALED,
    SECRET,
    SHORT,
    WORK,
    Table,
)

_SUMS = "total_us dns_ms connect_ms tls_ms first_byte_ms sketch"
_STATE = "organization_id monitor_id"

TABLES = {
    "monitors": Table(
        why="the organization watches a target",
        shared="public_id project_id region_ids name kind url settings tags interval_seconds"
        " timeout_seconds latency_threshold_ms confirmations confirmation_window recheck_seconds"
        " recheck_backoff recoveries quorum alert_on_degraded flap_changes flap_window_seconds"
        " escalation_policy_id reminder_minutes expiry_days paused paused_by_plan version"
        " deleted_at created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "monitor_contact_groups": Table(
        why="a group is told of a monitor",
        shared="monitor_id contact_group_id",
        left={KEY: "organization_id"},
    ),
    "monitor_credentials": Table(
        why="a monitor logs in to its target",
        shared="monitor_id position credential_id",
        left={KEY: "organization_id"},
    ),
    "monitor_parents": Table(
        why="a monitor depends on another",
        shared="monitor_id parent_id",
        left={KEY: "organization_id"},
    ),
    "credentials": Table(
        why="monitors log in to their targets",
        shared="public_id name scheme origins shown version created_at updated_at",
        left={KEY: "id organization_id data_key_id", SEALED: "nonce ciphertext"},
        personal={"people whose logins the organization uses": "shown ciphertext"},
    ),
    "heartbeats": Table(
        why="a job reports that it ran",
        shared="monitor_id last_ping_at started_at run_id last_duration_ms last_exit_code",
        left={
            KEY: "organization_id data_key_id",
            SECRET: "token_hash token_version previous_hash previous_until",
            WORK: "expected_at deadline_at",
            SEALED: "nonce ciphertext",
        },
    ),
    "pings": Table(
        why="the last runs of a job are shown",
        shared="public_id monitor_id received_at signal exit_code run_id duration_ms body",
        left={KEY: "id organization_id"},
        personal={"whom the output of a job names": "body"},
    ),
    "check_results": Table(
        why="the history of a monitor is its measurements",
        left={
            KEY: "organization_id",
            CHECKS: "monitor_id slot region_id total_us outcome cause http_status dns_ms connect_ms"
            " tls_ms first_byte_ms lateness",
        },
    ),
    "check_failures": Table(
        why="a failed check is explained",
        left={KEY: "organization_id", CHECKS: "monitor_id slot region_id detail evidence"},
        personal={"whom the answer of a target names": "detail evidence"},
    ),
    "monitor_hours": Table(
        why="curves of weeks are drawn without reading every check",
        left={
            KEY: _STATE,
            DERIVED: f"from_slot region_id up degraded down unknown min_us max_us {_SUMS}",
        },
    ),
    "monitor_days": Table(
        why="the uptime of years is shown without reading every check",
        left={
            KEY: _STATE,
            DERIVED: f"from_slot region_id up degraded down unknown min_us max_us {_SUMS}",
        },
    ),
    "monitor_months": Table(
        why="the uptime of years is shown without reading every check",
        shared="monitor_id from_slot region_id up degraded down unknown min_us max_us",
        left={KEY: "organization_id", DERIVED: _SUMS},
    ),
    "monitor_states": Table(
        why="the present state of a monitor is known",
        left={
            KEY: _STATE,
            DERIVED: "state since flapping_since",
            WORK: "last_slot recent successes run_started incident_open incident_degraded failed_at"
            " unknown_since blind_until",
        },
    ),
    "monitor_region_states": Table(
        why="the present state of a monitor in a region is known",
        left={
            KEY: f"{_STATE} region_id",
            DERIVED: "state since",
            WORK: "last_slot recent successes run_started incident_open incident_degraded"
            " outage_since failed_at unknown_since",
        },
    ),
    "blind_spans": Table(
        why="time without checks counts as unknown",
        shared="monitor_id from_slot until_slot",
        left={KEY: "organization_id"},
    ),
    "schedules": Table(
        why="a monitor is checked at its times",
        left={KEY: _STATE, WORK: "from_slot until_slot shard region_ids interval_seconds phase"},
    ),
    "rechecks": Table(
        why="a failure is confirmed by further checks",
        left={KEY: _STATE, SHORT: "region_id shard due slot expires"},
    ),
    "expiries": Table(
        why="the end of a certificate or a domain is announced",
        shared="monitor_id subject expires_at identity seen_at notified_days",
        left={KEY: "organization_id", WORK: "next_at"},
        personal={"holders of certificates and domains": "identity"},
    ),
    "slos": Table(
        why="the organization has objectives",
        shared="public_id name monitor_id tag indicator threshold_ms target_percent rolling_days"
        " calendar time_zone created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "slo_contact_groups": Table(
        why="a group is told of an objective",
        shared="slo_id contact_group_id",
        left={KEY: "organization_id"},
    ),
    "burn_rates": Table(
        why="an error budget that runs out is announced once",
        left={KEY: "slo_id organization_id", SHORT: "since factor notified_factor"},
    ),
    "maintenance_windows": Table(
        why="planned work raises no alert",
        shared="public_id name time_zone local_start duration_seconds recurrence all_monitors"
        " monitor_ids tags ended_at deleted_at created_at updated_at",
        left={KEY: "id organization_id", WORK: "spanned_until"},
    ),
    "maintenance_spans": Table(
        why="past planned work explains the history",
        shared="maintenance_window_id began_at ends_at all_monitors monitor_ids tags",
        left={KEY: "id organization_id"},
    ),
    "exports": Table(
        why="a member has history delivered as a file",
        shared="public_id document format container recipient start_at end_at monitor_ids state"
        " rows size_bytes problem requested_at finished_at expires_at",
        left={KEY: "id organization_id", WORK: "claim lease_until failures position progress"},
    ),
    "export_parts": Table(
        why="a file of an export is delivered in parts",
        left={KEY: "export_id organization_id", DERIVED: "number rows size_bytes sha256"},
    ),
    "export_chunks": Table(
        why="a file of an export is kept for a week",
        left={KEY: "export_id organization_id", SHORT: "part number content"},
        personal={"whom the exported history names": "content"},
    ),
    "test_runs": Table(
        why="a monitor is tried before it is saved",
        shared="public_id monitor_id project_id region state requested_at started_at finished_at"
        " problem report",
        left={
            KEY: "id organization_id data_key_id",
            SEALED: "nonce ciphertext",
            WORK: "deadline_at",
        },
        personal={"whom the answer of a target names": "report"},
    ),
    "rollup_dirty": Table(
        why="summaries are computed again after late checks",
        left={KEY: f"id {_STATE}", WORK: "from_slot"},
    ),
}
