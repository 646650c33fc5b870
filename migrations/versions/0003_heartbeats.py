"""Heartbeats, their pings, and when we could hear them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("monitor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expected_at", _TIME, nullable=True),
        sa.Column("deadline_at", _TIME, nullable=True),
        sa.Column("last_ping_at", _TIME, nullable=True),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("last_duration_ms", sa.Integer(), nullable=True),
        sa.Column("last_exit_code", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "(expected_at IS NULL) = (deadline_at IS NULL) AND expected_at <= deadline_at",
            name=op.f("ck_heartbeats_expectation"),
        ),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_heartbeats_monitor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_heartbeats_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("monitor_id", name=op.f("pk_heartbeats")),
        sa.UniqueConstraint("token", name=op.f("uq_heartbeats_token")),
    )
    op.create_index(
        "ix_heartbeats_deadline_at",
        "heartbeats",
        ["deadline_at"],
        postgresql_where=sa.text("deadline_at IS NOT NULL"),
    )
    op.create_table(
        "ping_receiver_spans",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("until_at", _TIME, nullable=False),
        sa.CheckConstraint("began_at <= until_at", name=op.f("ck_ping_receiver_spans_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ping_receiver_spans")),
    )
    op.create_index("ix_ping_receiver_spans_until_at", "ping_receiver_spans", ["until_at"])
    op.create_table(
        "pings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("monitor_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("signal", sa.String(length=32), nullable=False),
        sa.Column("exit_code", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "signal IN ('success', 'start', 'fail', 'log')", name=op.f("ck_pings_signal")
        ),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_pings_monitor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_pings_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pings_public_id")),
    )
    op.create_index("ix_pings_monitor_id_id", "pings", ["monitor_id", "id"])


def downgrade() -> None:
    op.drop_table("pings")
    op.drop_table("ping_receiver_spans")
    op.drop_table("heartbeats")
