"""What alerting needs to know of incidents, deliveries, contacts and channels."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EVENTS = """'down', 'degraded', 'reminder', 'up', 'missed', 'acknowledged', 'ended', 'flapping',
    'stable', 'expiry', 'burn_rate', 'confirm', 'test', 'channel_disabled', 'digest', 'quota'"""
_STATES = "'pending', 'sending', 'sent', 'dead', 'cancelled', 'merged'"


def upgrade() -> None:
    op.execute(f"""
        ALTER TABLE incidents
            DROP CONSTRAINT ck_incidents_resolution,
            ADD severity varchar(32) DEFAULT 'down' NOT NULL,
            ADD follows_id integer,
            ADD suppressed_by varchar(32),
            ADD next_at timestamptz,
            ADD step smallint DEFAULT 0 NOT NULL,
            ADD repetition smallint DEFAULT 0 NOT NULL,
            ADD reminders smallint DEFAULT 0 NOT NULL,
            ADD acknowledged_at timestamptz,
            ADD acknowledged_by text,
            ADD snoozed_until timestamptz,
            ADD CONSTRAINT fk_incidents_follows_id
                FOREIGN KEY (follows_id) REFERENCES incidents (id),
            ADD CONSTRAINT ck_incidents_severity CHECK (severity IN ('down', 'degraded')),
            ADD CONSTRAINT ck_incidents_suppressed_by CHECK (
                suppressed_by IN ('maintenance', 'parent', 'parent_unknown', 'flapping')),
            ADD CONSTRAINT ck_incidents_resolution CHECK (
                resolution IN ('recovered', 'worsened', 'eased', 'monitor_deleted'));
        CREATE INDEX ix_incidents_follows_id ON incidents (follows_id);
        CREATE INDEX ix_incidents_next_at ON incidents (next_at)
            WHERE ended_at IS NULL AND next_at IS NOT NULL;

        ALTER TABLE deliveries
            DROP CONSTRAINT ck_deliveries_event,
            DROP CONSTRAINT ck_deliveries_state,
            DROP CONSTRAINT uq_deliveries_incident_id_event_kind_address,
            ALTER incident_id DROP NOT NULL,
            ADD dedup_key text,
            ADD monitor_id integer,
            ADD facts jsonb DEFAULT '{{}}' NOT NULL,
            ADD digest_id integer,
            ADD CONSTRAINT fk_deliveries_monitor_id
                FOREIGN KEY (monitor_id) REFERENCES monitors (id) ON DELETE CASCADE,
            ADD CONSTRAINT fk_deliveries_digest_id
                FOREIGN KEY (digest_id) REFERENCES deliveries (id) ON DELETE SET NULL,
            ADD CONSTRAINT ck_deliveries_event CHECK (event IN ({_EVENTS})),
            ADD CONSTRAINT ck_deliveries_state CHECK (state IN ({_STATES}));
        UPDATE deliveries d SET dedup_key = 'incident/' || d.incident_id || '/' || d.event,
            monitor_id = i.monitor_id
        FROM incidents i WHERE i.id = d.incident_id;
        ALTER TABLE deliveries
            ALTER dedup_key SET NOT NULL,
            ADD CONSTRAINT uq_deliveries_organization_id_dedup_key_kind_address
                UNIQUE (organization_id, dedup_key, kind, address);
        CREATE INDEX ix_deliveries_digest_id ON deliveries (digest_id);
        CREATE INDEX ix_deliveries_organization_id_created_at
            ON deliveries (organization_id, created_at);

        CREATE TABLE delivery_attempts (
            delivery_id integer NOT NULL,
            attempt smallint NOT NULL,
            organization_id integer NOT NULL,
            began_at timestamptz NOT NULL,
            ended_at timestamptz NOT NULL,
            accepted boolean NOT NULL,
            answer text NOT NULL,
            CONSTRAINT pk_delivery_attempts PRIMARY KEY (delivery_id, attempt),
            CONSTRAINT fk_delivery_attempts_delivery_id
                FOREIGN KEY (delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE,
            CONSTRAINT fk_delivery_attempts_organization_id
                FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_delivery_attempts_organization_id ON delivery_attempts (organization_id);

        ALTER TABLE contacts
            ADD time_zone text DEFAULT 'UTC' NOT NULL,
            ADD quiet_from time,
            ADD quiet_until time,
            ADD quiet_except varchar(32),
            ADD CONSTRAINT ck_contacts_quiet_hours
                CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
            ADD CONSTRAINT ck_contacts_quiet_except CHECK (quiet_except IN ('down', 'degraded'));

        ALTER TABLE channels
            DROP CONSTRAINT uq_channels_contact_id_kind_address,
            DROP CONSTRAINT fk_channels_contact_id,
            ALTER contact_id DROP NOT NULL,
            ADD shown jsonb DEFAULT '{{}}' NOT NULL,
            ADD data_key_id integer,
            ADD nonce bytea,
            ADD ciphertext bytea,
            ADD version integer DEFAULT 1 NOT NULL,
            ADD confirmed_at timestamptz,
            ADD confirmation_sent_at timestamptz,
            ADD disabled_at timestamptz,
            ADD disabled_reason text,
            ADD deleted_at timestamptz,
            ADD CONSTRAINT fk_channels_contact_id
                FOREIGN KEY (contact_id) REFERENCES contacts (id) ON DELETE SET NULL,
            ADD CONSTRAINT fk_channels_data_key_id
                FOREIGN KEY (data_key_id) REFERENCES data_keys (id),
            ADD CONSTRAINT ck_channels_sealed CHECK (
                (ciphertext IS NULL) = (nonce IS NULL)
                AND (ciphertext IS NULL) = (data_key_id IS NULL));
        -- Who got messages before goes on getting them.
        UPDATE channels SET confirmed_at = created_at;
        CREATE UNIQUE INDEX uq_channels_contact_id_kind_address
            ON channels (contact_id, kind, address) WHERE deleted_at IS NULL;
        CREATE INDEX ix_channels_contact_id ON channels (contact_id);
        CREATE INDEX ix_channels_data_key_id ON channels (data_key_id);
    """)  # noqa: S608 - put together from constants of this file


def downgrade() -> None:
    raise NotImplementedError("Messages that only this version knows would be lost.")
