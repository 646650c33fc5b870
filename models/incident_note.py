"""Incident notes: what this service and people did about an incident, one entry each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, text_enum
from models.keys import organization_key


class NoteKind(StrEnum):
    """`NOBODY` marks an opening or a step that reached no channel."""

    SUPPRESSED = "suppressed"
    RELEASED = "released"
    NOTIFIED = "notified"
    NOBODY = "nobody"
    REMINDED = "reminded"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZED = "snoozed"
    NOTED = "noted"


class IncidentNote(Base):
    """`by` is the actor (null: this service), and `words` is the actor's comment."""

    __tablename__ = "incident_notes"
    __table_args__ = (
        organization_key("incident_id", "incidents", ondelete="CASCADE"),
        Index("ix_incident_notes_incident_id_id", "incident_id", "id"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    incident_id: Mapped[int]
    kind: Mapped[NoteKind] = mapped_column(text_enum(NoteKind, "kind"))
    at: Mapped[datetime]
    by: Mapped[str | None]
    words: Mapped[str] = mapped_column(default="", server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
