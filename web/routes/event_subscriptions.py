"""Event subscriptions: URLs that receive everything that happens."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services.errors import Invalid
from services.events import emit as events
from services.events.emit import EVERYTHING, PATTERNS
from services.pagination import PageRequest
from services.subscriptions import subscriptions
from services.subscriptions import views as subscription_views
from services.subscriptions.subscriptions import SubscriptionChanges, SubscriptionValues, Vault
from services.subscriptions.views import SubscriptionView
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import single

pages = Pages(
    "event-subscriptions",
    notices={
        "saved": marked("The subscription was changed."),
        "deleted": marked("The subscription was deleted. It receives no more events."),
        "enabled": marked("The subscription is enabled."),
        "tested": marked("A test event is on its way."),
        "ended": marked("Only the new secret and key sign from now on."),
    },
)

_ONE = "/settings/events/<uuid:subscription_id>"
_LONGEST_URL = 2000
_LONGEST_OVERLAP_HOURS = 7 * 24
_RECENT = 20


@pages.page("/settings/events", permission=Permission.EVENT_READ)
def index(call: Call) -> Response:
    found = subscription_views.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("event_subscriptions/list.html", call, active="settings", subscriptions=found)


@pages.page("/settings/events/new", permission=Permission.EVENT_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "event_subscriptions/new.html", call, active="settings", form=form, patterns=_patterns()
    )


@pages.action("/settings/events/new", permission=Permission.EVENT_WRITE, again=new, proof=True)
def create(call: Call) -> Response:
    values = SubscriptionValues(
        name=single.line("name"),
        url=single.line("url", longest=_LONGEST_URL),
        events=_events(),
        secret=request.form.get("secret", "").strip() or None,
    )
    events.require(call.principal.permissions, values.events)
    made = subscriptions.create(
        call.session, call.organization_id, values, vault=_vault(), now=call.now
    )
    return _shown_once(call, made)


@pages.page(_ONE, permission=Permission.EVENT_READ)
def show(call: Call, subscription_id: UUID, form: Form = EMPTY) -> Response:
    found = subscription_views.existing(call.session, call.organization_id, subscription_id)
    posted = subscription_views.posted(
        call.session, call.organization_id, subscription_id, PageRequest(limit=_RECENT)
    )
    shown = found.channel.shown
    return render(
        "event_subscriptions/subscription.html",
        call,
        active="settings",
        subscription=found.subscription,
        channel=found.channel,
        public_key=shown["public_key"],
        may_change=_may_change(call, found),
        is_rotating=any(shown[name].get("set") for name in ("old_secret", "old_signing_key")),
        deliveries=posted.items,
        patterns=_patterns(),
        form=form,
    )


@pages.action(_ONE, permission=Permission.EVENT_WRITE, again=show, proof=True)
def change(call: Call, subscription_id: UUID) -> Response:
    changes: SubscriptionChanges = {"name": single.line("name"), "events": _events()}
    if request.form.get("url", "").strip():
        changes["url"] = single.line("url", longest=_LONGEST_URL)
    _require(call, subscription_id, changes["events"])
    subscriptions.change(
        call.session, call.organization_id, subscription_id, changes, vault=_vault(), now=call.now
    )
    return see("event-subscriptions.index", notice="saved")


@pages.action(f"{_ONE}/delete", permission=Permission.EVENT_WRITE, proof=True)
def delete(call: Call, subscription_id: UUID) -> Response:
    _require(call, subscription_id)
    subscriptions.delete(call.session, call.organization_id, subscription_id, now=call.now)
    return see("event-subscriptions.index", notice="deleted")


@pages.action(f"{_ONE}/rotate", permission=Permission.EVENT_WRITE, again=show, proof=True)
def rotate(call: Call, subscription_id: UUID) -> Response:
    _require(call, subscription_id)
    made = subscriptions.rotate(
        call.session,
        call.organization_id,
        subscription_id,
        vault=_vault(),
        now=call.now,
        overlap=single.hours("overlap", most=_LONGEST_OVERLAP_HOURS),
    )
    return _shown_once(call, made)


@pages.action(f"{_ONE}/rotate/end", permission=Permission.EVENT_WRITE, proof=True)
def end_rotation(call: Call, subscription_id: UUID) -> Response:
    _require(call, subscription_id)
    subscriptions.end_rotation(
        call.session, call.organization_id, subscription_id, vault=_vault(), now=call.now
    )
    return see("event-subscriptions.show", notice="ended", subscription_id=subscription_id)


@pages.action(f"{_ONE}/enable", permission=Permission.EVENT_WRITE, again=show)
def enable(call: Call, subscription_id: UUID) -> Response:
    _require(call, subscription_id)
    subscriptions.enable(call.session, call.organization_id, subscription_id, now=call.now)
    return see("event-subscriptions.show", notice="enabled", subscription_id=subscription_id)


@pages.action(f"{_ONE}/test", permission=Permission.EVENT_WRITE, again=show)
def try_out(call: Call, subscription_id: UUID) -> Response:
    rate_limits.spend(rate_limits.TRIALS, str(call.organization_id))
    subscriptions.try_out(call.session, call.organization_id, subscription_id, now=call.now)
    return see("event-subscriptions.show", notice="tested", subscription_id=subscription_id)


def _require(call: Call, subscription_id: UUID, also: Sequence[str] = ()) -> None:
    """Raise `Forbidden` for a subscription to events that the caller may not read, or with these."""
    found = subscription_views.existing(call.session, call.organization_id, subscription_id)
    events.require(call.principal.permissions, found.subscription.events, also)


def _may_change(call: Call, found: SubscriptionView) -> bool:
    own = call.principal.permissions
    return Permission.EVENT_WRITE in own and events.are_readable(own, found.subscription.events)


def _vault() -> Vault:
    return Vault(ring=resources().ring, policy=resources().egress)


def _events() -> list[str]:
    chosen = [each for each in PATTERNS if each in request.form.getlist("events")]
    if not chosen:
        raise Invalid({"events": [_("Choose at least one.")]})
    return chosen


def _patterns() -> list[str]:
    """Return what can be chosen, everything first, each noun before its events."""
    return sorted(PATTERNS, key=lambda each: (each != EVERYTHING, each.partition(".")[0], each))


def _shown_once(call: Call, made: SubscriptionView) -> Response:
    return render(
        "event_subscriptions/secret.html",
        call,
        active="settings",
        subscription=made.subscription,
        public_key=made.channel.shown["public_key"],
        secret="" if made.secret is None else made.secret.get_secret_value(),
    )
