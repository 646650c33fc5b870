"""Projects: what belongs to each, and who has which role in it."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission, ProjectRole
from models import Project
from server.identity.principal import Call
from services import lookup
from services.pagination import PageRequest
from services.projects import contents, projects
from services.teams import project_roles
from web.access import choices
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single, versions

pages = Pages(
    "projects",
    notices={
        "created": marked("The project was created. Give somebody a role in it."),
        "changed": marked("The project was renamed."),
        "deleted": marked("The project was deleted."),
        "given": marked("The role applies from now on."),
        "taken": marked("The role was taken away."),
    },
)

_ONE = "/settings/projects/<uuid:project_id>"
_MOST = 50


@pages.page("/settings/projects", permission=Permission.PROJECT_READ)
def index(call: Call, form: Form = EMPTY) -> Response:
    found = projects.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("projects/list.html", call, active="settings", found=found, form=form)


@pages.action("/settings/projects", permission=Permission.PROJECT_WRITE, again=index)
def create(call: Call) -> Response:
    made = projects.create(
        call.session, call.organization_id, name=single.line("name"), now=call.now
    )
    return see("projects.show", notice="created", project_id=made.project.public_id)


@pages.page(_ONE, permission=Permission.PROJECT_READ)
def show(call: Call, project_id: UUID, form: Form = EMPTY) -> Response:
    """Show what belongs to a project. Who has a role in it is for those who may see members."""
    view = projects.find(call.session, call.organization_id, project_id)
    own = call.principal.access.everywhere
    roles = None
    if Permission.MEMBER_READ in own:
        roles = project_roles.page(call.session, call.organization_id, project_id)
    may_give = Permission.MEMBER_WRITE in own
    return render(
        "projects/show.html",
        call,
        active="settings",
        about=[view.project.id],
        view=view,
        contents=contents.of(call.session, view.project, most=_MOST),
        most=_MOST,
        roles=roles,
        value_of=choices.holder_value,
        holders=choices.holders(call) if may_give else [],
        choices=choices.project_roles(call) if may_give else [],
        seen=versions.shown(form, view.project.updated_at),
        form=form,
    )


@pages.action(_ONE, permission=Permission.PROJECT_WRITE, again=show)
def change(call: Call, project_id: UUID) -> Response:
    name = single.line("name")
    stored = lookup.changing(call.session, Project, call.organization_id, project_id, "project")
    versions.refuse_stale(stored.updated_at)
    projects.change(call.session, call.organization_id, project_id, name=name, now=call.now)
    return see("projects.show", notice="changed", project_id=project_id)


@pages.action(f"{_ONE}/delete", permission=Permission.PROJECT_WRITE, again=show)
def delete(call: Call, project_id: UUID) -> Response:
    projects.delete(call.session, call.organization_id, project_id)
    return see("projects.index", notice="deleted")


@pages.action(f"{_ONE}/roles", permission=Permission.MEMBER_WRITE, again=show, proof=True)
def give(call: Call, project_id: UUID) -> Response:
    """Give a team or a member a role, in place of the one that they have there."""
    holder = choices.read_holder(request.form.get("holder", ""))
    role = choices.read_role(request.form.get("role", ""), ProjectRole)
    project_roles.give(
        call.session,
        call.organization_id,
        project_id,
        holder,
        ProjectRole(role.word),
        role.custom_role_id,
        own=call.principal.permissions,
    )
    return see("projects.show", notice="given", project_id=project_id)


@pages.action(f"{_ONE}/roles/take", permission=Permission.MEMBER_WRITE, again=show)
def take(call: Call, project_id: UUID) -> Response:
    """Take a role away. A member keeps the roles of their teams."""
    holder = choices.read_holder(request.form.get("holder", ""))
    project_roles.take(call.session, call.organization_id, project_id, holder)
    return see("projects.show", notice="taken", project_id=project_id)
