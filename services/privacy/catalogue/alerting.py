"""Incidents, and whom the service tells of them: contacts, channels, duties, messages."""

from services.privacy.catalogue.lines import KEY, SEALED, SECRET, WORK, Table

_ALERTED = "people who are alerted"

TABLES = {
    "contacts": Table(
        why="the person is alerted",
        shared="public_id name time_zone quiet_from quiet_until quiet_except created_at updated_at",
        left={KEY: "id organization_id"},
        personal={_ALERTED: "public_id name time_zone quiet_from quiet_until quiet_except"},
    ),
    "channels": Table(
        why="the person is reached by mail, text, call or chat",
        shared="public_id contact_id kind address shown version confirmed_at confirmation_sent_at"
        " disabled_at disabled_reason deleted_at created_at updated_at",
        left={
            KEY: "id organization_id data_key_id",
            SEALED: "nonce ciphertext",
            SECRET: "previous_until",
        },
        personal={_ALERTED: "address shown ciphertext confirmed_at disabled_at disabled_reason"},
    ),
    "contact_groups": Table(
        why="people who are alerted together",
        shared="public_id project_id name created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "contact_group_members": Table(
        why="a person belongs to a group",
        shared="contact_group_id contact_id",
        left={KEY: "organization_id"},
        personal={_ALERTED: "contact_id"},
    ),
    "on_call_schedules": Table(
        why="people take turns",
        shared="public_id name time_zone created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "on_call_layers": Table(
        why="turns change at set times",
        shared="on_call_schedule_id position local_start handoff every weekday handoff_at hours",
        left={KEY: "organization_id"},
    ),
    "on_call_turns": Table(
        why="a person has a turn",
        shared="on_call_schedule_id layer position contact_id",
        left={KEY: "organization_id"},
        personal={_ALERTED: "contact_id"},
    ),
    "on_call_overrides": Table(
        why="a person takes over the turn of another",
        shared="public_id on_call_schedule_id contact_id starts_at ends_at created_at updated_at",
        left={KEY: "id organization_id"},
        personal={_ALERTED: "contact_id starts_at ends_at"},
    ),
    "escalation_policies": Table(
        why="somebody else is alerted if nobody reacts",
        shared="public_id project_id name repeats repeat_minutes reminder_minutes created_at"
        " updated_at",
        left={KEY: "id organization_id"},
    ),
    "escalation_steps": Table(
        why="a policy has steps",
        shared="escalation_policy_id position wait_minutes",
        left={KEY: "organization_id"},
    ),
    "escalation_targets": Table(
        why="a step alerts people",
        shared="escalation_policy_id position contact_group_id contact_id on_call_schedule_id",
        left={KEY: "id organization_id"},
        personal={_ALERTED: "contact_id"},
    ),
    "event_subscriptions": Table(
        why="a machine is told of events",
        shared="public_id name events channel_id created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "message_templates": Table(
        why="the organization words its messages",
        shared="public_id event kind subject text html body created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "incidents": Table(
        why="an outage is recorded, with who took it on",
        found_by="acknowledged_by",
        own="public_id started_at ended_at acknowledged_at acknowledged_by",
        shared="public_id monitor_id severity follows_id started_at confirmed_at ended_at"
        " resolution cause detail suppressed_by acknowledged_at acknowledged_by snoozed_until",
        left={
            KEY: "id organization_id",
            WORK: "next_at notified_at step step_at repetition reminders reminder_at",
        },
        personal={
            "users and people who are alerted": "acknowledged_at acknowledged_by",
            "whom the answer of a target names": "detail",
        },
    ),
    "incident_notes": Table(
        why="what people did and wrote during an outage",
        found_by="by",
        own="incident_id kind at by words",
        shared="incident_id kind at by words facts",
        left={KEY: "id organization_id"},
        personal={"users and people who are alerted": "by words facts at"},
    ),
    "deliveries": Table(
        why="a message is sent exactly once, and its sending can be proven",
        shared="public_id incident_id monitor_id channel_id event kind address state last_error"
        " created_at sent_at",
        left={
            KEY: "id organization_id chain_id digest_id",
            WORK: "dedup_key facts attempt next_attempt_at lease_until provider_reference is_digest"
            " tried_since",
        },
        personal={_ALERTED: "address facts last_error sent_at"},
    ),
    "delivery_attempts": Table(
        why="a message that did not arrive is explained",
        shared="delivery_id attempt began_at ended_at accepted answer segments",
        left={KEY: "organization_id"},
        personal={_ALERTED: "answer"},
    ),
    "acknowledge_tokens": Table(
        why="a link in a message takes an outage on",
        left={
            KEY: "organization_id delivery_id",
            SECRET: "token_hash",
            WORK: "covers_digest expires_at",
        },
    ),
    "channel_rate_limits": Table(
        why="nobody gets too many messages",
        left={KEY: "organization_id", WORK: "kind address next_at"},
        personal={_ALERTED: "address"},
    ),
    "text_usage": Table(
        why="text messages and calls are limited by the month",
        shared="month segments",
        left={KEY: "organization_id"},
    ),
    "text_days": Table(
        why="text messages and calls are limited by the day",
        left={KEY: "organization_id", WORK: "day segments"},
    ),
}
