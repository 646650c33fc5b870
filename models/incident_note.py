"""Incident notes: what was done about an incident, by us and by people, one line each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, text_enum
from models.keys import organization_key


class NoteKind(StrEnum):
    """`NOBODY` is a step, or the beginning, that reached no channel at all."""

    SUPPRESSED = "suppressed"
    RELEASED = "released"
    NOTIFIED = "notified"
    NOBODY = "nobody"
    REMINDED = "reminded"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZED = "snoozed"


class IncidentNote(Base):
    """`by` is who did it (null: this service), `words` what they had to say."""

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
