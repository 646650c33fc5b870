"""Organizations: members, roles, machines, plans, and the log of their acts."""

from services.privacy.catalogue.lines import (
    CHAIN,
    DERIVED,
    HELD,
    INSTALLATION,
    KEY,
    SEALED,
    SECRET,
    SHORT,
    WORK,
    Table,
)

TABLES = {
    "organizations": Table(
        why="the organization is the tenant that owns everything else",
        shared="public_id name machine_schemes require_encryption plan limit_overrides standing"
        " over_limit_since closed_at deleted_at created_at",
        left={KEY: "id", SECRET: "restore_id", WORK: "token_epoch updated_at"},
    ),
    "suspensions": Table(
        why="an operator stopped the organization, for a reason",
        shared="reason suspended_at",
        left={KEY: "organization_id", INSTALLATION: "suspended_by", WORK: "warnings"},
        personal={"operators": "suspended_by"},
    ),
    "organization_policies": Table(
        why="the organization demands something of its members",
        shared="require_second_factor second_factor_grace_days second_factor_required_at"
        " session_idle_minutes session_hours networks networks_for_machines longest_key_days"
        " login_ways created_at updated_at",
        left={KEY: "organization_id"},
    ),
    "memberships": Table(
        why="the person may act for the organization",
        found_by="user_id",
        own="role created_at updated_at",
        shared="user_id role custom_role_id created_at updated_at",
        left={KEY: "id organization_id"},
        personal={"users": "user_id role custom_role_id created_at updated_at"},
    ),
    "invitations": Table(
        why="somebody is invited, by somebody",
        found_by="invited_by",
        own="public_id email role expires_at created_at",
        shared="public_id invited_by email role expires_at resends created_at updated_at",
        left={KEY: "id organization_id", SECRET: "token_hash", WORK: "failures"},
        personal={"users": "invited_by", "people who are invited": "email role created_at"},
    ),
    "custom_roles": Table(
        why="the organization defines roles",
        shared="public_id name permissions created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "domains": Table(
        why="the organization proves which addresses are its own",
        shared="public_id name challenge state proven_at checked_at failures problem created_at"
        " updated_at",
        left={KEY: "id organization_id", WORK: "next_check_at"},
    ),
    "sso_connections": Table(
        why="members log in by the identity provider of the organization",
        shared="public_id name issuer client_id scopes groups_claim role_map default_role"
        " verifies_addresses enabled used_at created_at updated_at",
        left={KEY: "id organization_id data_key_id", SEALED: "nonce ciphertext version"},
    ),
    "sso_identities": Table(
        why="a person at the identity provider is a person here",
        found_by="user_id",
        own="subject created_at",
        shared="sso_connection_id user_id subject created_at",
        left={KEY: "id organization_id"},
        personal={"users": "user_id subject created_at"},
    ),
    "sso_logins": Table(
        why="an answer of the identity provider is accepted once, and in one browser",
        left={
            KEY: "id organization_id sso_connection_id",
            SECRET: "state_hash browser_hash",
            SHORT: "expires_at",
        },
    ),
    "projects": Table(
        why="the organization divides its monitors",
        shared="public_id name created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "project_roles": Table(
        why="a team or a member may act in a project",
        shared="project_id team_id membership_id role custom_role_id",
        left={KEY: "id organization_id"},
        personal={"users": "membership_id role"},
    ),
    "teams": Table(
        why="members who do the same are named together",
        shared="public_id name created_at updated_at",
        left={KEY: "id organization_id"},
    ),
    "team_members": Table(
        why="a member belongs to a team",
        shared="team_id membership_id",
        left={KEY: "organization_id"},
        personal={"users": "membership_id"},
    ),
    "api_keys": Table(
        why="a machine calls the API; its maker answers for it",
        found_by="created_by",
        own="public_id name scopes networks expires_at last_used_at created_at",
        shared="public_id created_by name key_id scopes networks expires_at last_used_at created_at"
        " updated_at",
        left={
            KEY: "id organization_id data_key_id",
            SECRET: "secret_hash previous_hash previous_until",
        },
        personal={"users": "created_by"},
    ),
    "service_accounts": Table(
        why="a machine logs in; its maker answers for it",
        found_by="created_by",
        own="public_id name scheme scopes disabled last_used_at created_at",
        shared="public_id created_by name scheme scopes secret_made_at jwks certificate_thumbprint"
        " disabled last_used_at created_at updated_at",
        left={
            KEY: "id organization_id data_key_id",
            SECRET: "secret_hash previous_hash previous_until previous_made_at",
            WORK: "token_epoch",
        },
        personal={"users": "created_by"},
    ),
    "client_assertions": Table(
        why="a signed login of a machine is accepted once",
        left={KEY: "service_account_id organization_id", SECRET: "jti_hash", SHORT: "expires_at"},
    ),
    "revoked_tokens": Table(
        why="a revoked token is refused until it expires",
        left={KEY: "organization_id", SECRET: "jti", SHORT: "expires_at"},
    ),
    "data_keys": Table(
        why="secrets of the organization are encrypted; without this key nobody can read them",
        left={KEY: "id organization_id", SEALED: "wrapped_by wrapped", WORK: "created_at"},
    ),
    "recipients": Table(
        why="answers are encrypted to public keys of the organization",
        shared="public_id name members algorithm thumbprint state expires_at activated_at"
        " retired_at created_at updated_at",
        left={KEY: "id organization_id", SECRET: "challenge_hash challenge_ends_at"},
    ),
    "billing_accounts": Table(
        why="the organization pays for a plan",
        shared="customer status price past_due_since trial_ends_at period_ends_at standing"
        " created_at",
        left={KEY: "organization_id", WORK: "reminded_day asked_at read_at pushed_slot"},
    ),
    "meter_readings": Table(
        why="the use is counted for the bill and the limits",
        shared="meter from_slot amount is_correction recorded_at",
        left={KEY: "id organization_id"},
    ),
    "seat_changes": Table(
        why="the number of members is counted for the bill",
        shared="changed_at delta",
        left={KEY: "id organization_id"},
    ),
    "archive_retentions": Table(
        why="a plan or a legal hold says how long checks are kept",
        shared="days previous_days shortened_at",
        left={KEY: "organization_id", HELD: "held_since hold_reason hold_is_hidden"},
    ),
    "audit_entries": Table(
        why="the organization proves who did what",
        found_by="actor_id",
        own="public_id at action via target_kind target_id target_label ip user_agent request_id",
        shared="sequence public_id at action via actor_kind actor_id actor_label target_kind"
        " target_id target_label request_id changes ip user_agent personal",
        left={
            KEY: "organization_id",
            CHAIN: "personal_digest previous_hash hash salt",
            DERIVED: "words",
        },
        personal={"users": "actor_id actor_label ip user_agent target_id personal words"},
    ),
    "audit_heads": Table(
        why="an entry of the log that is missing at its end is noticed",
        left={KEY: "organization_id", DERIVED: "sequence hash at pruned_sequence pruned_hash"},
    ),
    "idempotency_keys": Table(
        why="a repeated request gets the answer of the first",
        left={
            KEY: "organization_id data_key_id",
            SECRET: "fingerprint request_hash",
            SEALED: "nonce ciphertext",
            SHORT: "created_at",
        },
    ),
    "idempotency_usage": Table(
        why="the size of kept answers is bounded",
        left={KEY: "organization_id", WORK: "hour size"},
    ),
}
