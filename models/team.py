"""Teams: members of an organization who get roles in projects together."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index, organization_key


class Team(Timestamps, Base):
    __tablename__ = "teams"
    __table_args__ = (
        organization_index("teams"),
        UniqueConstraint("organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]


class TeamMember(Base):
    __tablename__ = "team_members"
    __table_args__ = (
        organization_key("team_id", "teams", ondelete="CASCADE"),
        organization_key("membership_id", "memberships", ondelete="CASCADE"),
    )

    team_id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organization_id: Mapped[OrganizationId]
