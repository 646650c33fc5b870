"""Credentials, the data keys that they are encrypted with, and the monitors that use them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("wrapped_by", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(wrapped) = 40", name=op.f("ck_data_keys_wrapped")),
        _organization("data_keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
    )
    _index("data_keys", "organization_id", "wrapped_by")
    op.create_table(
        "credentials",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("data_key_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(nonce) = 12", name=op.f("ck_credentials_nonce")),
        sa.ForeignKeyConstraint(
            ["data_key_id"], ["data_keys.id"], name=op.f("fk_credentials_data_key_id")
        ),
        _organization("credentials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_credentials_organization_id_name")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_credentials_public_id")),
    )
    _index("credentials", "organization_id", "data_key_id")
    op.create_table(
        "monitor_credentials",
        sa.Column("monitor_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_monitor_credentials_monitor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_monitor_credentials_credential_id")
        ),
        _organization("monitor_credentials"),
        sa.PrimaryKeyConstraint("monitor_id", "position", name=op.f("pk_monitor_credentials")),
        sa.UniqueConstraint(
            "monitor_id",
            "credential_id",
            name=op.f("uq_monitor_credentials_monitor_id_credential_id"),
        ),
    )
    _index("monitor_credentials", "organization_id", "credential_id")


def downgrade() -> None:
    for table in ("monitor_credentials", "credentials", "data_keys"):
        op.drop_table(table)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _organization(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id"],
        ["organizations.id"],
        name=op.f(f"fk_{table}_organization_id"),
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
