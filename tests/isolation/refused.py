"""What the database refuses to each component: the work of others, and what is nobody's."""

from collections.abc import Mapping, Sequence

NOBODY = (
    "TRUNCATE monitors",
    "CREATE TABLE mine (id integer)",
    "ALTER TABLE monitors DISABLE ROW LEVEL SECURITY",
    "DROP POLICY of_organization ON monitors",
    "CREATE ROLE more",
    "COPY monitors TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM alembic_version",
)
_PASSWORDS = "SELECT password_hash FROM users"
_TOKEN_KEYS = "SELECT * FROM signing_keys"
_CREDENTIALS = "SELECT * FROM credentials"
_NEW_DAY = "SELECT make_day_partition('check_results', '2035-01-01')"
_EXPORTED = "SELECT content FROM export_chunks"
NOT_THESE: Mapping[str, Sequence[str]] = {
    "api": (
        _NEW_DAY,
        "SELECT drop_day_partition('check_results_p20300101')",
        "UPDATE dispatch_shards SET watermark = 0",
    ),
    "dispatch": (
        _PASSWORDS,
        _TOKEN_KEYS,
        _CREDENTIALS,
        _NEW_DAY,
        _EXPORTED,
        "SELECT * FROM data_keys",
        "DELETE FROM check_results",
        "UPDATE deliveries SET sent_at = now()",
        "UPDATE monitors SET url = 'https://elsewhere.test/'",
        "UPDATE channels SET address = 'eve@elsewhere.test'",
    ),
    "checks": (
        _PASSWORDS,
        _TOKEN_KEYS,
        _NEW_DAY,
        _EXPORTED,
        "SELECT * FROM api_keys",
        "SELECT * FROM refresh_tokens",
        "DELETE FROM check_results",
        "DELETE FROM incidents",
        "UPDATE dispatch_shards SET watermark = 0",
        "UPDATE credentials SET name = 'mine'",
        "UPDATE monitors SET url = 'https://elsewhere.test/'",
        "UPDATE deliveries SET sent_at = now()",
    ),
    "notifications": (
        _PASSWORDS,
        _TOKEN_KEYS,
        _CREDENTIALS,
        _NEW_DAY,
        _EXPORTED,
        "SELECT * FROM check_results",
        "UPDATE monitor_states SET incident_open = false",
        "UPDATE incidents SET ended_at = now()",
        "DELETE FROM deliveries",
        "INSERT INTO users (email) VALUES ('eve@elsewhere.test')",
    ),
    "housekeeping": (
        _PASSWORDS,
        _CREDENTIALS,
        _EXPORTED,
        "INSERT INTO check_results (monitor_id) VALUES (1)",
        "UPDATE check_results SET total_us = 1",
        "SELECT ciphertext FROM heartbeats",
        "UPDATE heartbeats SET token_hash = ''",
        "UPDATE monitors SET url = 'https://elsewhere.test/'",
        "UPDATE monitor_states SET incident_open = false",
        "UPDATE memberships SET role = 'owner'",
        "INSERT INTO api_keys (name) VALUES ('mine')",
    ),
    "live": (
        _PASSWORDS,
        _TOKEN_KEYS,
        _CREDENTIALS,
        _EXPORTED,
        "SELECT * FROM user_sessions",
        "SELECT * FROM memberships",
        "SELECT * FROM organizations",
        "SELECT * FROM monitors",
        "SELECT count_deliveries()",
        "UPDATE user_sessions SET expires_at = now()",
    ),
    "exports": (
        _PASSWORDS,
        _TOKEN_KEYS,
        _CREDENTIALS,
        _NEW_DAY,
        "SELECT * FROM channels",
        "SELECT * FROM contacts",
        "SELECT * FROM deliveries",
        "UPDATE incidents SET ended_at = now()",
        "DELETE FROM recipients",
        "DELETE FROM check_results",
    ),
}
