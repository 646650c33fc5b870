"""The organization: how its answers are protected, how machines come in, and its deletion."""

from http import HTTPStatus

from flask import Response, request

from domain.machines import SCHEMES
from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from server.request import downloads
from services.closures import holds
from services.closures import organizations as closed_organizations
from services.organizations import data_exports, organizations
from services.organizations.organizations import OrganizationChanges
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked

pages = Pages("organization", notices={"saved": marked("The settings were saved.")})


@pages.page("/settings/organization", permission=Permission.ORGANIZATION_READ)
def show(call: Call, form: Form = EMPTY) -> Response:
    organization = organizations.find(call.session, call.organization_id)
    held = None
    if Permission.ORGANIZATION_WRITE in call.principal.permissions:
        held = holds.shown(call.session, call.organization_id)
    return render(
        "organization/organization.html",
        call,
        active="settings",
        organization=organization,
        held=held,
        schemes=SCHEMES,
        form=form,
    )


@pages.action(
    "/settings/organization", permission=Permission.ORGANIZATION_WRITE, again=show, proof=True
)
def change(call: Call) -> Response:
    stored = organizations.find(call.session, call.organization_id)
    schemes = [each for each in SCHEMES if each in request.form.getlist("schemes")]
    changes: OrganizationChanges = {"require_encryption": "require_encryption" in request.form}
    # A change of the schemes revokes all tokens of machines, so it must be one.
    if schemes != stored.machine_schemes:
        changes["machine_schemes"] = schemes
    organizations.change(call.session, call.organization_id, changes, now=call.now)
    return see("organization.show", notice="saved")


@pages.page("/settings/organization/export", permission=Permission.ORGANIZATION_WRITE)
def ask_to_export(call: Call, form: Form = EMPTY) -> Response:
    return render("organization/export.html", call, active="settings", form=form)


@pages.action(
    "/settings/organization/export",
    permission=Permission.ORGANIZATION_WRITE,
    again=ask_to_export,
)
def export_data(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    recipient = request.form.get("recipient", "").strip() or None
    file = data_exports.make(
        call.session,
        call.organization_id,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        recipient=recipient,
        now=call.now,
    )
    return downloads.of_export(file, "organization", is_encrypted=recipient is not None)


@pages.page("/settings/organization/delete", permission=Permission.ORGANIZATION_WRITE)
def ask_to_delete(call: Call, form: Form = EMPTY) -> Response:
    return render("organization/delete.html", call, active="settings", form=form)


@pages.action(
    "/settings/organization/delete",
    permission=Permission.ORGANIZATION_WRITE,
    again=ask_to_delete,
    proof=True,
)
def delete(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    closed_organizations.close(
        call.session,
        call.organization_id,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        name=request.form.get("name", ""),
        now=call.now,
    )
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
