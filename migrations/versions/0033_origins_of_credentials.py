"""A credential names the origins that its secrets may be sent to.

Those that there are get the origins of the monitors which use them, so that no check changes.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(r"""
        ALTER TABLE credentials ADD origins text[] NOT NULL DEFAULT '{}';
        ALTER TABLE credentials ALTER origins DROP DEFAULT;
        UPDATE credentials SET origins = used.origins
        FROM (
            SELECT link.credential_id,
                array_agg(DISTINCT substring(monitors.url FROM '^https?://[^/?#]+')) AS origins
            FROM monitor_credentials link JOIN monitors ON monitors.id = link.monitor_id
            WHERE monitors.url ~ '^https?://[^/?#]+'
            GROUP BY link.credential_id
        ) used
        WHERE used.credential_id = credentials.id
            AND credentials.scheme NOT IN ('ca_bundle', 'proxy');
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE credentials DROP origins")
