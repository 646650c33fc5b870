"""The audit log: the list with its filters, one entry, and its export."""

import json
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services import quotas
from services.audit import entries
from web import words
from web.audit import listing
from web.rendering import render
from web.routing import Pages
from web.translations import gettext as _
from web.typed import spans

pages = Pages("audit")


@pages.page("/audit", permission=Permission.AUDIT_READ)
def index(call: Call) -> Response:
    _require_feature(call)
    nouns = dict(words.audit_noun.choices())
    query = listing.read_query(request.args, nouns)
    found = entries.page(call.session, call.organization_id, query.filter(now=call.now), query.page)
    return render(
        "audit/list.html",
        call,
        active="settings",
        asked=query,
        found=found,
        nouns=[("", _("Everything")), *sorted(nouns.items(), key=lambda each: each[1])],
        ways=[("", _("Any way")), *words.via.choices()],
        spans=spans.choices(),
    )


@pages.page("/audit/<uuid:entry_id>", permission=Permission.AUDIT_READ)
def show(call: Call, entry_id: UUID) -> Response:
    _require_feature(call)
    view = entries.find(call.session, call.organization_id, entry_id)
    return render("audit/show.html", call, active="settings", view=view, as_text=_as_text)


@pages.page("/audit/chain.ndjson", permission=Permission.AUDIT_READ)
def export(call: Call) -> Response:
    """Download the next thousand entries after a sequence, for verification."""
    _require_feature(call)
    text = request.args.get("after", "0")
    after = int(text) if text.isdecimal() and len(text) <= len(str(2**53)) else 0
    rows = entries.chain_after(call.session, call.organization_id, after)
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="audit-log-after-{after}.ndjson"'}
    return Response(lines, mimetype="application/x-ndjson", headers=headers)


def _as_text(value: object) -> str:
    """Return a value before or after a change, as a reader reads it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _require_feature(call: Call) -> None:
    """Raise `LimitReached` unless the plan includes the audit log."""
    quotas.refuse_unless_included(call.session, call.organization_id, entries.FEATURE)
