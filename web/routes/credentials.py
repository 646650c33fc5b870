"""Credentials of checks: what they are, where they go, who uses them, and whether they work."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from flask import Response, request, url_for

from domain.permissions import Permission
from domain.versions import version
from models import TestRun
from server.identity.principal import Call
from server.limits import egress, rate_limits
from server.resources import credential_settings, resources
from services import locks
from services.accounts import browser_sessions
from services.credentials import credentials, drafts, test_runs, usage
from services.credentials.credentials import CredentialView
from services.monitors import names
from services.monitors.values import MonitorValues
from services.pagination import PageRequest
from tasks.test_runs import hand_over
from web.credential_editor import editing, schemes
from web.errors import ProofNeeded
from web.forms import EMPTY, Form
from web.model_forms import rows, summary
from web.monitor_editor import test_results
from web.rendering import page_url, render, see
from web.routing import Pages
from web.translations import marked

pages = Pages(
    "credentials",
    notices={
        "created": marked("The credential was created. Its secrets are never shown again."),
        "saved": marked("The credential was changed. Its monitors use the change from now on."),
        "deleted": marked("The credential was deleted."),
    },
)

_PATH = "/settings/credentials"
_ONE = f"{_PATH}/<uuid:credential_id>"


@pages.page(_PATH, permission=Permission.CREDENTIAL_READ)
def index(call: Call) -> Response:
    asked = PageRequest(cursor=request.args.get("cursor"))
    found = credentials.page(call.session, call.organization_id, asked)
    ids = [each.credential.id for each in found.items]
    return render(
        "credentials/list.html",
        call,
        active="settings",
        found=found,
        cursor=asked.cursor,
        used=usage.monitors(call.session, ids),
        refusals=usage.refusals(call.session, ids, now=call.now),
    )


@pages.page(f"{_PATH}/new", permission=Permission.CREDENTIAL_WRITE)
def choose(call: Call) -> Response:
    return render("credentials/schemes.html", call, active="settings", groups=schemes.grouped())


@pages.page(f"{_PATH}/new/<scheme>", permission=Permission.CREDENTIAL_WRITE)
def new(call: Call, scheme: str, form: Form = EMPTY) -> Response:
    """Ask for the password first: a secret should not have to be typed twice."""
    _require_proof(call)
    return _new_form(call, scheme, form)


@pages.action(
    f"{_PATH}/new/<scheme>", permission=Permission.CREDENTIAL_WRITE, again=new, proof=True
)
def create(call: Call, scheme: str) -> Response:
    form = editing.settled(scheme, Form(request.form, is_again=True))
    if rows.asks_to_show_again(form.typed):
        return _new_form(call, scheme, Form(request.form, is_again=True))
    values = editing.new_values(scheme, form.typed)
    view = credentials.create(
        call.session, call.organization_id, values, settings=credential_settings(), now=call.now
    )
    call.session.flush()
    return see("credentials.show", notice="created", credential_id=view.credential.public_id)


@pages.page(_ONE, permission=Permission.CREDENTIAL_READ)
def show(call: Call, credential_id: UUID, form: Form = EMPTY) -> Response:
    return _shown(call, credential_id, form)


@pages.page(f"{_ONE}/edit", permission=Permission.CREDENTIAL_WRITE)
def edit(call: Call, credential_id: UUID, form: Form = EMPTY) -> Response:
    _require_proof(call)
    return _edit_form(call, credential_id, form)


@pages.action(f"{_ONE}/edit", permission=Permission.CREDENTIAL_WRITE, again=edit, proof=True)
def change(call: Call, credential_id: UUID) -> Response:
    # The API serializes changes of a credential by this path, too.
    path = url_for("credentials.change", credential_id=credential_id)
    locks.take_change(call.session, call.organization_id, path)
    view = credentials.find(call.session, call.organization_id, credential_id)
    scheme = view.credential.scheme
    form = editing.settled(scheme, Form(request.form, is_again=True))
    if rows.asks_to_show_again(form.typed):
        return _edit_form(call, credential_id, Form(request.form, is_again=True))
    changes = editing.changes(scheme, form.typed, view.credential.shown)
    if form.value("version") != _version(view):
        return _edit_form(call, credential_id, Form(request.form, is_again=True), is_stale=True)
    credentials.change(
        call.session,
        call.organization_id,
        credential_id,
        changes,
        settings=credential_settings(),
        now=call.now,
    )
    return see("credentials.show", notice="saved", credential_id=credential_id)


@pages.page(f"{_ONE}/delete", permission=Permission.CREDENTIAL_WRITE)
def ask_to_delete(call: Call, credential_id: UUID, form: Form = EMPTY) -> Response:
    view = credentials.find(call.session, call.organization_id, credential_id)
    return render(
        "credentials/delete.html",
        call,
        active="settings",
        credential=view.credential,
        monitors=names.of(call.session, call.organization_id, view.monitor_ids),
        form=form,
    )


@pages.action(
    f"{_ONE}/delete", permission=Permission.CREDENTIAL_WRITE, again=ask_to_delete, proof=True
)
def delete(call: Call, credential_id: UUID) -> Response:
    credentials.delete(call.session, call.organization_id, credential_id)
    return see("credentials.index", notice="deleted")


@pages.action(f"{_ONE}/test", permission=Permission.MONITOR_WRITE, again=show)
def begin_test_run(call: Call, credential_id: UUID) -> Response:
    """Request an address once with the credential, and show what it answered."""
    form = Form(request.form, is_again=True)
    if "look" in request.form:
        return _shown(call, credential_id, form)
    url = request.form.get("url", "").strip()
    egress.refuse_unreachable(url)
    rate_limits.spend(rate_limits.CHECKS, str(call.organization_id))
    values = MonitorValues(name="Test", url=url, credential_ids=[credential_id])
    draft = drafts.of_new(
        call.session, call.organization_id, values, own=call.principal.permissions
    )
    test_run = test_runs.request_draft(
        call.session, call.organization_id, draft, ring=resources().ring, now=call.now
    )
    call.after_commit.append(partial(hand_over, test_run.id, test_run.region))
    return _shown(call, credential_id, form, test_run)


def _new_form(call: Call, scheme: str, form: Form) -> Response:
    inputs = editing.inputs(scheme, form, {})
    return render(
        "credentials/new.html",
        call,
        active="settings",
        scheme=scheme,
        inputs=inputs,
        errors=summary.errors(inputs, form),
    )


def _shown(
    call: Call, credential_id: UUID, form: Form, test_run: TestRun | None = None
) -> Response:
    view = credentials.find(call.session, call.organization_id, credential_id)
    ids = [view.credential.id]
    origins = view.credential.origins
    return render(
        "credentials/show.html",
        call,
        active="settings",
        credential=view.credential,
        inputs=editing.inputs(view.credential.scheme, EMPTY, _present(view)),
        monitors=names.of(call.session, call.organization_id, view.monitor_ids),
        refusal=usage.refusals(call.session, ids, now=call.now).get(view.credential.id),
        form=form,
        address=form.value("url", f"{origins[0]}/" if origins else ""),
        result=test_results.shown(call, form, test_run),
    )


def _edit_form(call: Call, credential_id: UUID, form: Form, *, is_stale: bool = False) -> Response:
    """Return the form. Beside one that somebody overtook is what is stored now."""
    view = credentials.find(call.session, call.organization_id, credential_id)
    scheme, present = view.credential.scheme, _present(view)
    inputs = editing.inputs(scheme, form, present)
    typed = editing.settled(scheme, form).typed
    now = _version(view)
    return render(
        "credentials/edit.html",
        call,
        status=HTTPStatus.CONFLICT if is_stale else HTTPStatus.OK,
        active="settings",
        credential=view.credential,
        action=page_url("credentials.change", credential_id=credential_id),
        inputs=inputs,
        errors=summary.errors(inputs, form),
        version=now if is_stale else form.value("version", now),
        is_stale=is_stale,
        stored=editing.differences(scheme, typed, present) if is_stale else [],
        used=len(view.monitor_ids),
    )


def _present(view: CredentialView) -> dict[str, object]:
    credential = view.credential
    return {"name": credential.name, "origins": credential.origins, "fields": credential.shown}


def _version(view: CredentialView) -> str:
    return version([view.credential.version, _present(view)])


def _require_proof(call: Call) -> None:
    proven_at = call.principal.proven_at
    if proven_at is None or not browser_sessions.is_proven(proven_at, now=call.now):
        raise ProofNeeded
