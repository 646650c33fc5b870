"""What of each table the audit log shows: its name, its plain, its personal and its secret columns.

Deny by default: a column that is not named here never appears. A test asks for a line for each new
column of these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models import (
    ApiKey,
    Channel,
    Contact,
    ContactGroup,
    ContactGroupMember,
    Credential,
    CustomRole,
    Delivery,
    Domain,
    EscalationPolicy,
    EscalationStep,
    EscalationTarget,
    EventSubscription,
    Export,
    Heartbeat,
    Incident,
    IncidentNote,
    Invitation,
    MaintenanceWindow,
    Membership,
    MessageTemplate,
    Monitor,
    MonitorContactGroup,
    MonitorCredential,
    MonitorParent,
    OnCallLayer,
    OnCallOverride,
    OnCallSchedule,
    OnCallTurn,
    Organization,
    OrganizationPolicy,
    Passkey,
    Project,
    ProjectRole,
    Recipient,
    Region,
    SavedView,
    SecondFactor,
    ServiceAccount,
    Slo,
    SloContactGroup,
    SsoConnection,
    Team,
    TeamMember,
    TestRun,
    User,
    UserSession,
)

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an act may change: `plain` and `personal` are columns that are shown.

    `secret` maps columns to the field that is said to have changed, without its value. `label` is
    the column that names a row to a reader.
    """

    kind: str
    label: str | None = None
    plain: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    secret: Mapping[str, str] = field(default_factory=dict)

    @property
    def names_a_person(self) -> bool:
        return self.label in self.personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that belong to a subject, such as the steps of a policy; they are one field of it."""

    of: type[Any]
    key: str
    """The column with the key of the subject."""
    field: str
    plain: tuple[str, ...] = ()
    changed: str | None = None
    """The column of a secret: only its change is said, without any value."""


def _subject(
    kind: str,
    plain: str,
    *,
    label: str | None = "name",
    personal: str = "",
    secret: Mapping[str, str] = _NONE,
) -> Subject:
    return Subject(
        kind=kind,
        label=label,
        plain=frozenset(plain.split()),
        personal=frozenset(personal.split()),
        secret=secret,
    )


_SECRETS = {"ciphertext": "secrets"}
_SECRET = {"secret_hash": "secret"}

SUBJECTS: Mapping[type[Any], Subject] = {
    ApiKey: _subject("api_key", "name scopes networks expires_at previous_until", secret=_SECRET),
    Channel: _subject(
        "channel",
        "kind contact_id previous_until confirmed_at confirmation_sent_at disabled_at"
        " disabled_reason",
        label="address",
        personal="address shown",
        secret=_SECRETS,
    ),
    Contact: _subject("contact", "time_zone quiet_from quiet_until quiet_except", personal="name"),
    ContactGroup: _subject("contact_group", "name project_id"),
    Credential: _subject("credential", "name scheme origins shown", secret=_SECRETS),
    CustomRole: _subject("custom_role", "name permissions"),
    Delivery: _subject("delivery", "", label=None),
    Domain: _subject("domain", "name challenge state proven_at"),
    EscalationPolicy: _subject(
        "escalation_policy", "name project_id repeats repeat_minutes reminder_minutes"
    ),
    EventSubscription: _subject("event_subscription", "name events"),
    Export: _subject(
        "export",
        "document format container recipient start_at end_at monitor_ids state",
        label=None,
    ),
    Incident: _subject(
        "incident",
        "monitor_id severity ended_at resolution acknowledged_at snoozed_until",
        label=None,
        personal="acknowledged_by",
    ),
    Invitation: _subject(
        "invitation",
        "role expires_at",
        label="email",
        personal="email",
        secret={"token_hash": "link"},
    ),
    MaintenanceWindow: _subject(
        "maintenance_window",
        "name time_zone local_start duration_seconds recurrence all_monitors monitor_ids tags"
        " ended_at",
    ),
    Membership: _subject("member", "role custom_role_id", label=None),
    MessageTemplate: _subject("message_template", "event kind subject text html body", label=None),
    Monitor: _subject(
        "monitor",
        "name kind url settings tags interval_seconds timeout_seconds latency_threshold_ms"
        " confirmations confirmation_window recheck_seconds recheck_backoff recoveries quorum"
        " alert_on_degraded flap_changes flap_window_seconds escalation_policy_id"
        " reminder_minutes expiry_days paused paused_by_plan region_ids project_id",
    ),
    OnCallOverride: _subject(
        "on_call_override", "on_call_schedule_id contact_id starts_at ends_at", label=None
    ),
    OnCallSchedule: _subject("on_call_schedule", "name time_zone"),
    Organization: _subject(
        "organization",
        "name machine_schemes require_encryption plan limit_overrides standing over_limit_since"
        " closed_at",
    ),
    OrganizationPolicy: _subject(
        "organization_policy",
        "require_second_factor second_factor_grace_days second_factor_required_at"
        " session_idle_minutes session_hours networks networks_for_machines longest_key_days"
        " login_ways",
        label=None,
    ),
    Passkey: _subject("passkey", "name backup_eligible"),
    Project: _subject("project", "name"),
    Recipient: _subject(
        "recipient", "name algorithm thumbprint state expires_at activated_at retired_at"
    ),
    SavedView: _subject("saved_view", "name query"),
    SecondFactor: _subject(
        "second_factor", "confirmed_at", label=None, secret={"ciphertext": "secret"}
    ),
    ServiceAccount: _subject(
        "service_account",
        "name scheme scopes previous_until jwks certificate_thumbprint token_epoch disabled",
        secret=_SECRET,
    ),
    SsoConnection: _subject(
        "sso_connection",
        "name issuer scopes groups_claim role_map default_role verifies_addresses enabled",
        secret={"ciphertext": "client_secret", "client_id": "client"},
    ),
    Slo: _subject(
        "slo",
        "name monitor_id tag indicator threshold_ms target_percent rolling_days calendar time_zone",
    ),
    Team: _subject("team", "name"),
    TestRun: _subject("test_run", "monitor_id project_id region", label=None),
    User: _subject(
        "user", "closed_at", label="email", personal="email", secret={"password_hash": "password"}
    ),
    UserSession: _subject("session", "", label=None),
}
"""Each with its columns. Those that no reader understands, such as keys and versions, are left out."""

PARTS: Mapping[type[Any], Part] = {
    ContactGroupMember: Part(
        of=ContactGroup, key="contact_group_id", field="contacts", plain=("contact_id",)
    ),
    EscalationStep: Part(
        of=EscalationPolicy,
        key="escalation_policy_id",
        field="steps",
        plain=("position", "wait_minutes"),
    ),
    EscalationTarget: Part(
        of=EscalationPolicy,
        key="escalation_policy_id",
        field="targets",
        plain=("position", "contact_group_id", "contact_id", "on_call_schedule_id"),
    ),
    Heartbeat: Part(of=Monitor, key="monitor_id", field="ping_url", changed="ciphertext"),
    IncidentNote: Part(of=Incident, key="incident_id", field="timeline", plain=("kind",)),
    MonitorContactGroup: Part(
        of=Monitor, key="monitor_id", field="contact_groups", plain=("contact_group_id",)
    ),
    MonitorCredential: Part(
        of=Monitor, key="monitor_id", field="credentials", plain=("credential_id",)
    ),
    MonitorParent: Part(of=Monitor, key="monitor_id", field="parents", plain=("parent_id",)),
    OnCallLayer: Part(
        of=OnCallSchedule,
        key="on_call_schedule_id",
        field="layers",
        plain=("position", "local_start", "handoff", "every", "weekday", "handoff_at", "hours"),
    ),
    OnCallTurn: Part(
        of=OnCallSchedule,
        key="on_call_schedule_id",
        field="turns",
        plain=("layer", "position", "contact_id"),
    ),
    ProjectRole: Part(
        of=Project,
        key="project_id",
        field="roles",
        plain=("team_id", "membership_id", "role", "custom_role_id"),
    ),
    TeamMember: Part(of=Team, key="team_id", field="members", plain=("membership_id",)),
    SloContactGroup: Part(
        of=Slo, key="slo_id", field="contact_groups", plain=("contact_group_id",)
    ),
}

REFERENCES: Mapping[str, type[Any]] = {
    "contact_group_id": ContactGroup,
    "contact_id": Contact,
    "credential_id": Credential,
    "custom_role_id": CustomRole,
    "escalation_policy_id": EscalationPolicy,
    "membership_id": Membership,
    "monitor_id": Monitor,
    "monitor_ids": Monitor,
    "on_call_schedule_id": OnCallSchedule,
    "parent_id": Monitor,
    "project_id": Project,
    "region_ids": Region,
    "team_id": Team,
}
"""Columns with internal keys, which are shown as public ids, or as the names of regions."""

HIDDEN = frozenset(
    (
        *("id", "public_id", "organization_id", "created_at", "updated_at", "created_by"),
        *("invited_by", "user_id", "data_key_id", "nonce", "version", "last_used_at"),
        *("previous_hash", "key_id", "channel_id", "deleted_at", "failures", "resends"),
        *("spanned_until", "confirmation_sent_at", "challenge_hash", "challenge_ends_at"),
        *("members", "position", "previous_made_at", "restore_id", "secret_made_at"),
        "token_epoch",
    )
)
"""Columns of any table that say nothing to a reader, or that are shown in another way."""

BY_KIND: Mapping[str, type[Any]] = {each.kind: model for model, each in SUBJECTS.items()}
