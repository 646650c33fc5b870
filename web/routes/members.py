"""The members of the organization, their roles, and invitations of others."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Response, request

from domain.permissions import PERMISSIONS, Permission, Role, may_grant
from server.identity.principal import Call
from server.limits import mail_limits, rate_limits
from server.resources import resources
from services.accounts import members
from services.errors import Invalid
from services.organizations import invitations
from services.pagination import PageRequest
from web.access import choices
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked

pages = Pages(
    "members",
    notices={
        "role": marked("The role was changed."),
        "removed": marked("The member was removed."),
        "invited": marked("The invitation is on its way. Its link works for 7 days."),
        "withdrawn": marked("The invitation was withdrawn."),
    },
)

_PAGE = 50
_USUAL = tuple(role for role in Role if role is not Role.CUSTOM)
"""The roles that are the same in every organization."""


@pages.page("/settings/members", permission=Permission.MEMBER_READ)
def index(call: Call, form: Form = EMPTY, **_path: object) -> Response:
    found = members.page(
        call.session,
        call.organization_id,
        PageRequest(limit=_PAGE, cursor=request.args.get("cursor")),
    )
    pending = invitations.page(
        call.session,
        call.organization_id,
        PageRequest(limit=_PAGE, cursor=request.args.get("invitations")),
    )
    return render(
        "members/members.html",
        call,
        active="settings",
        members=found,
        invitations=pending,
        roles=_invitable(call),
        reader=call.principal.user_id,
        form=form,
    )


@pages.page("/settings/members/<uuid:member_id>", permission=Permission.MEMBER_READ)
def show(call: Call, member_id: UUID, form: Form = EMPTY) -> Response:
    found = members.find(call.session, call.organization_id, member_id)
    return render(
        "members/member.html",
        call,
        active="settings",
        member=found,
        roles=choices.roles(call),
        role=choices.role_value(
            found.membership.role.value,
            None if found.custom_role is None else found.custom_role.public_id,
        ),
        is_self=found.user.id == call.principal.user_id,
        form=form,
    )


@pages.action(
    "/settings/members/<uuid:member_id>", permission=Permission.MEMBER_WRITE, again=show, proof=True
)
def change_role(call: Call, member_id: UUID) -> Response:
    role = choices.read_role(request.form.get("role", ""), Role)
    members.change_role(
        call.session,
        call.organization_id,
        member_id,
        Role(role.word),
        role.custom_role_id,
        own=call.principal.permissions,
        now=call.now,
    )
    return see("members.index", notice="role")


@pages.action(
    "/settings/members/<uuid:member_id>/remove",
    permission=Permission.MEMBER_WRITE,
    again=show,
    proof=True,
)
def remove(call: Call, member_id: UUID) -> Response:
    members.remove(call.session, call.organization_id, member_id, own=call.principal.permissions)
    return see("members.index", notice="removed")


@pages.action("/settings/invitations", permission=Permission.MEMBER_WRITE, again=index, proof=True)
def invite(call: Call) -> Response:
    email = request.form.get("email", "").strip()
    _spend_mail(call, email)
    invitations.create(
        call.session,
        call.organization_id,
        email=email,
        role=_role(),
        maker=call.maker,
        links=resources().links,
        now=call.now,
    )
    return see("members.index", notice="invited")


@pages.action(
    "/settings/invitations/<uuid:invitation_id>/send-again",
    permission=Permission.MEMBER_WRITE,
    again=index,
)
def send_again(call: Call, invitation_id: UUID) -> Response:
    invitation = invitations.send_again(
        call.session,
        call.organization_id,
        invitation_id,
        maker=call.maker,
        links=resources().links,
        now=call.now,
    )
    # A refusal here also discards the mail, which is written in this transaction.
    _spend_mail(call, invitation.email)
    return see("members.index", notice="invited")


@pages.action(
    "/settings/invitations/<uuid:invitation_id>/withdraw", permission=Permission.MEMBER_WRITE
)
def withdraw(call: Call, invitation_id: UUID) -> Response:
    invitations.delete(call.session, call.organization_id, invitation_id)
    return see("members.index", notice="withdrawn")


@pages.page("/settings/roles", permission=Permission.MEMBER_READ)
def show_roles(call: Call) -> Response:
    """Show what each role may do."""
    return render("members/roles.html", call, active="settings", roles=_USUAL, table=_table())


def _table() -> Mapping[str, Mapping[Role, Sequence[str]]]:
    """Return the verbs of each role by noun."""
    nouns = dict.fromkeys(each.partition(":")[0] for each in Permission)
    return {
        noun: {
            role: [
                each.partition(":")[2]
                for each in Permission
                if each.startswith(f"{noun}:") and each in PERMISSIONS[role]
            ]
            for role in _USUAL
        }
        for noun in nouns
    }


def _invitable(call: Call) -> list[Role]:
    own = call.principal.access.everywhere
    return [role for role in _USUAL if may_grant(own, PERMISSIONS[role])]


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as error:
        raise Invalid({"role": [_("Choose a role.")]}) from error


def _spend_mail(call: Call, email: str) -> None:
    """Spend the limits that prevent unwanted mails to third parties."""
    rate_limits.spend(rate_limits.INVITATIONS, str(call.organization_id))
    mail_limits.spend_invitation(email, call.organization_id)
