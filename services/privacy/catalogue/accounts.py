"""Accounts of people: logins, sessions, factors, mails. They belong to no organization."""

from services.privacy.catalogue.lines import KEY, PSEUDONYM, SEALED, SECRET, SHORT, WORK, Table

TABLES = {
    "users": Table(
        why="the person logs in",
        found_by="id",
        own="public_id email created_at updated_at closed_at",
        left={KEY: "id", SECRET: "password_hash restore_id"},
        personal={"users": "public_id email password_hash created_at updated_at"},
    ),
    "user_sessions": Table(
        why="the person stays logged in, and recognizes foreign logins",
        found_by="user_id",
        own="public_id address agent created_at last_seen_at expires_at proven_at way",
        left={
            KEY: "id user_id membership_id sso_identity_id sso_organization_id",
            SECRET: "cookie_hash",
            SHORT: "sso_sid",
        },
        personal={
            "users": "user_id address agent created_at last_seen_at expires_at proven_at way"
            " sso_identity_id sso_sid"
        },
    ),
    "refresh_tokens": Table(
        why="an API client of the person stays logged in",
        found_by="user_id",
        own="expires_at used_at revoked_at",
        left={KEY: "id organization_id user_id", SECRET: "family token_hash"},
        personal={"users": "user_id expires_at used_at revoked_at"},
    ),
    "second_factors": Table(
        why="a login needs a second factor",
        found_by="user_id",
        own="created_at confirmed_at",
        left={KEY: "user_id", SEALED: "wrapped_by wrapped nonce ciphertext", SECRET: "last_step"},
        personal={"users": "user_id ciphertext created_at confirmed_at"},
    ),
    "factor_resets": Table(
        why="two operators remove a second factor that the person lost",
        left={
            KEY: "id public_id user_id asked_by confirmed_by",
            SHORT: "reason asked_at expires_at confirmed_at",
        },
        personal={
            "users": "user_id reason asked_at confirmed_at",
            "operators": "asked_by confirmed_by",
        },
    ),
    "recovery_codes": Table(
        why="the person logs in after losing the second factor",
        left={KEY: "user_id", SECRET: "code_hash"},
        personal={"users": "user_id"},
    ),
    "account_requests": Table(
        why="a registration, a new password or a new address waits for its confirmation",
        found_by="email",
        own="public_id kind email organization_name allowed_at confirmed_at created_at expires_at",
        left={KEY: "id user_id", SECRET: "password_hash"},
        personal={"users": "email user_id password_hash organization_name created_at"},
    ),
    "account_mails": Table(
        why="a mail to the person is sent exactly once",
        found_by="address",
        own="public_id event address created_at sent_at",
        left={
            KEY: "id request_id",
            WORK: "attempt next_attempt_at lease_until last_error finished_at",
            SHORT: "facts",
        },
        personal={"users": "address facts created_at sent_at last_error"},
    ),
    "logins": Table(
        why="the person recognizes foreign logins",
        found_by="user_id",
        own="public_id created_at way factor outcome program network",
        left={KEY: "id user_id", SECRET: "device_hash"},
        personal={"users": "user_id created_at way factor outcome program network device_hash"},
    ),
    "login_devices": Table(
        why="a login from a new device is announced",
        found_by="user_id",
        own="created_at last_seen_at",
        left={KEY: "user_id", SECRET: "device_hash"},
        personal={"users": "user_id device_hash created_at last_seen_at"},
    ),
    "passkeys": Table(
        why="the person logs in with a passkey",
        found_by="user_id",
        own="public_id name backed_up backup_eligible created_at last_used_at",
        left={KEY: "id user_id", SECRET: "credential_id public_key sign_count"},
        personal={"users": "user_id name credential_id public_key created_at last_used_at"},
    ),
    "passkey_challenges": Table(
        why="a login with a passkey is accepted once", left={KEY: "id", SHORT: "expires_at"}
    ),
    "login_failures": Table(
        why="guesses of a password are slowed down",
        left={PSEUDONYM: "whose failures last_failed_at"},
        personal={"users": "whose last_failed_at"},
    ),
    "saved_views": Table(
        why="the person finds a list of monitors again",
        found_by="user_id",
        own="public_id name query created_at",
        left={KEY: "id organization_id user_id"},
        personal={"users": "user_id name query created_at"},
    ),
}
