"""Projects: monitors, contact groups and escalation policies that some members share."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.permissions import ProjectRole as Role
from models.base import (
    Base,
    Key,
    OrganizationId,
    PublicId,
    Timestamps,
    UnindexedOrganizationId,
    text_enum,
)
from models.keys import organization_index, organization_key


class Project(Timestamps, Base):
    __tablename__ = "projects"
    __table_args__ = (
        organization_index("projects"),
        UniqueConstraint("organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]


class ProjectRole(Base):
    """The role of one team or one member in a project, beside what their organization gives."""

    __tablename__ = "project_roles"
    __table_args__ = (
        organization_key("project_id", "projects", ondelete="CASCADE"),
        organization_key("team_id", "teams", ondelete="CASCADE"),
        organization_key("membership_id", "memberships", ondelete="CASCADE"),
        organization_key("custom_role_id", "custom_roles"),
        UniqueConstraint(
            "project_id",
            "team_id",
            "membership_id",
            name="uq_project_roles_holder",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(team_id, membership_id) = 1", name="holder"),
        CheckConstraint("(role = 'custom') = (custom_role_id IS NOT NULL)", name="custom_role"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    project_id: Mapped[int]
    team_id: Mapped[int | None] = mapped_column(index=True)
    membership_id: Mapped[int | None] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    custom_role_id: Mapped[int | None] = mapped_column(index=True)
