"""SLOs: a list with what is left of each budget, one page each, a form, and OpenSLO documents."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import ContactGroup
from server.identity.principal import Call
from services import lookup
from services.pagination import PageRequest
from services.projects import belongings
from services.slos import details, openslo, slos, views
from services.slos.views import SloView
from web.forms import EMPTY, Form
from web.monitors import picker
from web.preferences import current
from web.rendering import render, see
from web.routing import Pages
from web.slos import cards, chart
from web.slos import form as slo_form
from web.translations import gettext as _
from web.translations import marked
from web.typed import versions
from web.typed.fields import Typed, searched

pages = Pages(
    "slos",
    notices={
        "created": marked("The SLO was created."),
        "changed": marked("The SLO was changed."),
        "imported": marked("The SLOs were created."),
        "deleted": marked("The SLO was deleted. Its monitors remain."),
    },
)

_PAGE = 50
_MOST_CHOICES = 1000
_SLO = "/slos/<uuid:slo_id>"


@pages.page("/slos", permission=Permission.SLO_READ, live=True)
def index(call: Call) -> Response:
    """List SLOs with what is left of their budgets."""
    text, cursor = searched(request.args.get("q", "")), request.args.get("cursor")
    found = views.page(
        call.session, call.organization_id, PageRequest(limit=_PAGE, cursor=cursor), text=text
    )
    return render(
        "slos/list.html",
        call,
        active="slos",
        cards=cards.of(call, found.items),
        next_cursor=found.next_cursor,
        cursor=cursor,
        text=text,
    )


@pages.page("/slos/new", permission=Permission.SLO_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action("/slos/new", permission=Permission.SLO_WRITE, again=new)
def create(call: Call) -> Response:
    """Create an SLO, or show the form again with monitors that were found."""
    if request.form.get("do"):
        return _form(call, Form(request.form, is_again=True), None)
    values = slo_form.read(request.form)
    view = slos.create(call.session, call.organization_id, values, now=call.now)
    return see("slos.show", notice="created", slo_id=view.slo.public_id)


@pages.page("/slos/import", permission=Permission.SLO_WRITE)
def ask_to_import(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "slos/import.html",
        call,
        active="slos",
        form=form,
        labels={"document": _("OpenSLO document")},
        most=openslo.LARGEST,
    )


@pages.action("/slos/import", permission=Permission.SLO_WRITE, again=ask_to_import)
def create_from_openslo(call: Call) -> Response:
    typed = Typed(request.form)
    openslo.create(call.session, call.organization_id, typed.text("document"), now=call.now)
    return see("slos.index", notice="imported")


@pages.page(_SLO, permission=Permission.SLO_READ, live=True)
def show(call: Call, slo_id: UUID) -> Response:
    """Show the budget of an SLO over its period, how fast it burns, and its definition."""
    detail = details.find(call.session, call.organization_id, slo_id, now=call.now)
    groups = lookup.names(
        call.session, ContactGroup, call.organization_id, detail.contact_group_ids
    )
    return render(
        "slos/show.html",
        call,
        active="slos",
        about=belongings.of_monitors(call.session, call.organization_id, [detail.monitor_id]),
        detail=detail,
        card=cards.card(detail, detail.status),
        amount=lambda number: cards.amount(detail.slo, number),
        chart=chart.of_budget(detail),
        groups=groups,
        zone=detail.slo.time_zone,
    )


@pages.page(f"{_SLO}/openslo", permission=Permission.SLO_READ)
def show_openslo(call: Call, slo_id: UUID) -> Response:
    view = _find(call, slo_id)
    return render(
        "slos/openslo.html", call, active="slos", view=view, document=openslo.written([view])
    )


@pages.page(f"{_SLO}/edit", permission=Permission.SLO_WRITE)
def edit(call: Call, slo_id: UUID, form: Form = EMPTY) -> Response:
    return _form(call, form, _find(call, slo_id))


@pages.action(f"{_SLO}/edit", permission=Permission.SLO_WRITE, again=edit)
def change(call: Call, slo_id: UUID) -> Response:
    """Change an SLO, or show the form again with monitors that were found."""
    view = _find(call, slo_id)
    if request.form.get("do"):
        return _form(call, Form(request.form, is_again=True), view)
    values = slo_form.read(request.form)
    versions.refuse_stale(view.slo.updated_at)
    slos.change(call.session, call.organization_id, slo_id, slo_form.changes(values), now=call.now)
    return see("slos.show", notice="changed", slo_id=slo_id)


@pages.page(f"{_SLO}/delete", permission=Permission.SLO_WRITE)
def ask(call: Call, slo_id: UUID) -> Response:
    """Say what a deletion means, before it is done."""
    return render("slos/delete.html", call, active="slos", view=_find(call, slo_id))


@pages.action(f"{_SLO}/delete", permission=Permission.SLO_WRITE)
def delete(call: Call, slo_id: UUID) -> Response:
    slos.delete(call.session, call.organization_id, slo_id)
    return see("slos.index", notice="deleted")


def _find(call: Call, slo_id: UUID) -> SloView:
    return views.find(call.session, call.organization_id, slo_id)


def _form(call: Call, form: Form, view: SloView | None) -> Response:
    present = slo_form.filled(
        view, zone=current().zone_name, monitor=request.args.get("monitor", "")
    )
    chosen = picker.ids(form.values("monitor_id", present["monitor_id"]), most=1)  # type: ignore[arg-type]  # a list
    groups = lookup.by_name(call.session, ContactGroup, call.organization_id, most=_MOST_CHOICES)
    return render(
        "slos/form.html",
        call,
        active="slos",
        view=view,
        form=form,
        present=present,
        seen=versions.shown(form, view.slo.updated_at if view else None),
        monitors=picker.of(call, chosen, form.value("q")),
        labels={name: _(label) for name, label in slo_form.LABELS.items()},
        scopes=_options(slo_form.SCOPES),
        indicators=_options(slo_form.INDICATORS),
        periods=_options(slo_form.PERIODS),
        groups=[{"value": str(key), "label": name} for key, name in groups.items()],
        chosen_groups=form.values("contact_group_ids", present["contact_group_ids"]),  # type: ignore[arg-type]  # a list
    )


def _options(labels: dict[str, str]) -> list[tuple[str, str]]:
    return [(value, _(label)) for value, label in labels.items()]
