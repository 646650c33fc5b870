"""Escalation policies: whom an incident notifies while nobody acknowledges it."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import EscalationPolicy
from server.identity.principal import Call
from services.escalation import policies as escalation_policies
from services.escalation import uses
from services.escalation import views as escalation_views
from services.escalation.limits import MOST_STEPS
from services.pagination import PageRequest
from web.access.choices import own_projects, project_of
from web.forms import EMPTY, Form
from web.on_call import edits, policy_draft, target_choice
from web.on_call.policy_draft import PolicyDraft
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import versions
from web.typed.fields import searched

pages = Pages(
    "escalation-policies",
    notices={
        "created": marked("The policy was created. Choose it in a monitor."),
        "changed": marked("The policy was changed. Open incidents go on with the new steps."),
        "deleted": marked("The policy was deleted."),
    },
)

_POLICY = "/on-call/policies/<uuid:policy_id>"


@pages.page("/on-call/policies", permission=Permission.ESCALATION_READ)
def index(call: Call) -> Response:
    """List the policies with their steps."""
    text, cursor = searched(request.args.get("q", "")), request.args.get("cursor")
    page = escalation_views.page(
        call.session, call.organization_id, PageRequest(cursor=cursor), text=text
    )
    targets = [target for view in page.items for step in view.steps for target in step.targets]
    return render(
        "policies/list.html",
        call,
        active="on-call",
        page=page,
        text=text,
        cursor=cursor,
        targets=target_choice.shown(call.session, call.organization_id, targets),
    )


@pages.page("/on-call/policies/new", permission=Permission.ESCALATION_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    draft = policy_draft.typed(form.typed) if form.is_again else PolicyDraft()
    return _form(call, form, draft, None)


@pages.action("/on-call/policies/new", permission=Permission.ESCALATION_WRITE, again=new)
def create(call: Call) -> Response:
    draft, edit = policy_draft.typed(request.form), edits.wanted(request.form)
    if edit is not None:
        return _form(call, EMPTY, draft.edited(edit), None)
    made = escalation_policies.create(
        call.session, call.organization_id, policy_draft.values(draft), now=call.now
    )
    return see("escalation-policies.show", notice="created", policy_id=made.policy.public_id)


@pages.page(_POLICY, permission=Permission.ESCALATION_READ)
def show(call: Call, policy_id: UUID) -> Response:
    """Show the steps of a policy in words, and its monitors."""
    view = escalation_views.find(call.session, call.organization_id, policy_id)
    lists = [*(step.targets for step in view.steps), view.fallback_targets]
    targets = [target for each in lists for target in each]
    return render(
        "policies/show.html",
        call,
        active="on-call",
        view=view,
        targets=target_choice.shown(call.session, call.organization_id, targets),
        uses=uses.of_policy(call.session, call.organization_id, policy_id),
        project=project_of(call, view.project_id),
    )


@pages.page(f"{_POLICY}/edit", permission=Permission.ESCALATION_WRITE)
def edit(call: Call, policy_id: UUID, form: Form = EMPTY) -> Response:
    view = escalation_views.find(call.session, call.organization_id, policy_id)
    draft = policy_draft.typed(form.typed) if form.is_again else policy_draft.of_view(view)
    return _form(call, form, draft, view.policy)


@pages.action(f"{_POLICY}/edit", permission=Permission.ESCALATION_WRITE, again=edit)
def change(call: Call, policy_id: UUID) -> Response:
    draft, edit = policy_draft.typed(request.form), edits.wanted(request.form)
    if edit is not None:
        policy = escalation_views.existing(call.session, call.organization_id, policy_id)
        return _form(call, EMPTY, draft.edited(edit), policy)
    values = policy_draft.values(draft)
    stored = escalation_views.existing(call.session, call.organization_id, policy_id, locked=True)
    versions.refuse_stale(stored.updated_at)
    escalation_policies.change(
        call.session,
        call.organization_id,
        policy_id,
        {
            "name": values.name,
            **({"project_id": values.project_id} if "project_id" in request.form else {}),
            "steps": values.steps,
            "repeats": values.repeats,
            "repeat_minutes": values.repeat_minutes,
            "reminder_minutes": values.reminder_minutes,
            "fallback_targets": values.fallback_targets,
        },
        now=call.now,
    )
    return see("escalation-policies.show", notice="changed", policy_id=policy_id)


@pages.page(f"{_POLICY}/delete", permission=Permission.ESCALATION_WRITE)
def ask(call: Call, policy_id: UUID, form: Form = EMPTY) -> Response:
    """Say what a deletion means, or why it is not possible."""
    view = escalation_views.find(call.session, call.organization_id, policy_id)
    return render(
        "policies/delete.html",
        call,
        active="on-call",
        policy=view.policy,
        uses=uses.of_policy(call.session, call.organization_id, policy_id),
        form=form,
    )


@pages.action(f"{_POLICY}/delete", permission=Permission.ESCALATION_WRITE, again=ask)
def delete(call: Call, policy_id: UUID) -> Response:
    escalation_policies.delete(call.session, call.organization_id, policy_id)
    return see("escalation-policies.index", notice="deleted")


def _form(call: Call, form: Form, draft: PolicyDraft, policy: EscalationPolicy | None) -> Response:
    shown = target_choice.shown(call.session, call.organization_id, draft.targets)
    return render(
        "policies/edit.html",
        call,
        active="on-call",
        policy=policy,
        form=form,
        seen=versions.shown(form, policy.updated_at if policy else None),
        draft=draft,
        labels=policy_draft.labels(draft),
        shown={each.value: each for each in shown.values()},
        choices=target_choice.choices(call.session, call.organization_id),
        projects=own_projects(call),
        most_steps=MOST_STEPS,
    )
