"""What all tables share: constraint names, column types and keys."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import (
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    MetaData,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = Annotated[int, mapped_column(Identity(), primary_key=True)]
"""The internal key; it never appears outside of this service."""

PublicId = Annotated[uuid.UUID, mapped_column(Uuid, default=uuid.uuid4, unique=True)]
"""The opaque id in the API."""

OrganizationId = Annotated[
    int, mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), index=True)
]
"""The organization that owns the row."""

UnindexedOrganizationId = Annotated[
    int, mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
]
"""The same, if another index begins with the column, such as an `organization_index`."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's name for it
        datetime: DateTime(timezone=True),
        str: Text,
        dict[str, Any]: JSONB,
    }


class Timestamps:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


def text_enum(kind: type[StrEnum], name: str) -> Enum:
    """Store the values of an enumeration as text, with a check constraint that lists them."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
