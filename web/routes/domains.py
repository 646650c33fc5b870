"""Domains of the organization, and the record that proves each."""

from uuid import UUID

from flask import Response, request

from domain.login.mail_domains import LONGEST
from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from services.domains import domains
from services.domains.dns_records import record_name
from services.pagination import PageRequest
from tasks.domains import wake
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single

pages = Pages(
    "domains",
    notices={
        "checking": marked("The record is being looked up. Reload this page in a moment."),
        "deleted": marked("The domain was deleted."),
    },
)

_ONE = "/settings/domains/<uuid:domain_id>"


@pages.page("/settings/domains", permission=Permission.ORGANIZATION_READ)
def index(call: Call, form: Form = EMPTY) -> Response:
    found = domains.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("domains/list.html", call, active="settings", domains=found, form=form)


@pages.action("/settings/domains", permission=Permission.ORGANIZATION_WRITE, again=index)
def create(call: Call) -> Response:
    name = single.line("name", longest=LONGEST)
    made = domains.create(call.session, call.organization_id, name=name, now=call.now)
    return see("domains.show", domain_id=made.public_id)


@pages.page(_ONE, permission=Permission.ORGANIZATION_READ)
def show(call: Call, domain_id: UUID, form: Form = EMPTY) -> Response:
    found = domains.find(call.session, call.organization_id, domain_id)
    return render(
        "domains/domain.html",
        call,
        active="settings",
        domain=found,
        record_name=record_name(found.name),
        form=form,
    )


@pages.action(f"{_ONE}/check", permission=Permission.ORGANIZATION_WRITE, again=show)
def check(call: Call, domain_id: UUID) -> Response:
    """Have the record looked up at once."""
    rate_limits.spend(rate_limits.DOMAIN_CHECKS, str(call.organization_id))
    domains.request_check(call.session, call.organization_id, domain_id, now=call.now)
    call.after_commit.append(wake)
    return see("domains.show", notice="checking", domain_id=domain_id)


@pages.action(f"{_ONE}/delete", permission=Permission.ORGANIZATION_WRITE, again=show, proof=True)
def delete(call: Call, domain_id: UUID) -> Response:
    domains.delete(call.session, call.organization_id, domain_id)
    return see("domains.index", notice="deleted")
