"""Teams: members who get roles in projects together."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import Team
from server.identity.principal import Call
from services import lookup
from services.accounts import members
from services.pagination import PageRequest
from services.teams import teams
from services.teams.teams import MOST_MEMBERS, TeamView
from web.access import choices
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import versions
from web.typed.fields import Typed

pages = Pages(
    "teams",
    notices={
        "created": marked("The team was created. Give it a role in a project."),
        "changed": marked("The team was changed."),
        "deleted": marked("The team was deleted. Its members remain in the organization."),
    },
)

_ONE = "/settings/teams/<uuid:team_id>"


@pages.page("/settings/teams", permission=Permission.MEMBER_READ)
def index(call: Call) -> Response:
    found = teams.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("teams/list.html", call, active="settings", found=found)


@pages.page("/settings/teams/new", permission=Permission.MEMBER_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action("/settings/teams/new", permission=Permission.MEMBER_WRITE, again=new)
def create(call: Call) -> Response:
    name, member_ids = _read()
    made = teams.create(
        call.session, call.organization_id, name=name, member_ids=member_ids, now=call.now
    )
    return see("teams.show", notice="created", team_id=made.team.public_id)


@pages.page(_ONE, permission=Permission.MEMBER_READ)
def show(call: Call, team_id: UUID, form: Form = EMPTY) -> Response:
    return _form(call, form, teams.find(call.session, call.organization_id, team_id))


@pages.action(_ONE, permission=Permission.MEMBER_WRITE, again=show, proof=True)
def change(call: Call, team_id: UUID) -> Response:
    name, member_ids = _read()
    stored = lookup.changing(call.session, Team, call.organization_id, team_id, "team")
    versions.refuse_stale(stored.updated_at)
    teams.change(
        call.session,
        call.organization_id,
        team_id,
        name=name,
        member_ids=member_ids,
        own=call.principal.permissions,
        now=call.now,
    )
    return see("teams.show", notice="changed", team_id=team_id)


@pages.action(f"{_ONE}/delete", permission=Permission.MEMBER_WRITE, again=show)
def delete(call: Call, team_id: UUID) -> Response:
    teams.delete(call.session, call.organization_id, team_id)
    return see("teams.index", notice="deleted")


def _read() -> tuple[str, list[UUID]]:
    typed = Typed(request.form)
    name = typed.line("name")
    given = dict.fromkeys(request.form.getlist("member_ids"))
    member_ids = [typed.as_uuid("member_ids", text) for text in given]
    if len(member_ids) > MOST_MEMBERS:
        typed.fail("member_ids", _("Choose at most %(most)s members.") % {"most": MOST_MEMBERS})
    typed.refuse()
    return name, member_ids


def _form(call: Call, form: Form, view: TeamView | None) -> Response:
    people = choices.all_of(call, members.page)
    return render(
        "teams/team.html",
        call,
        active="settings",
        view=view,
        form=form,
        seen=versions.shown(form, view.team.updated_at if view else None),
        people=[{"value": str(each.user.public_id), "label": each.user.email} for each in people],
        chosen=set(form.values("member_ids", view.member_ids if view else ())),
    )
