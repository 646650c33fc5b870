"""Everything that the API can do, a person can do: each operation has a page or a button."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from api.schemas.monitor_fields import MonitorFields
from domain.permissions import Permission
from services.monitors.kinds import SETTINGS
from tests.api.client import ApiClient
from tests.web.reader import Reader
from web.routing import permission_of

FOR_PROGRAMS = {
    "GET /schemas": "JSON Schemas of exported documents",
    "GET /schemas/{name}": "JSON Schemas of exported documents",
    "GET /schemas/events/{name}": "JSON Schemas of events",
    "POST /billing/events": "events of the billing provider",
    "POST /auth/refresh": "tokens; a browser has a session",
}
"""Operations that are of no use to a person, and what they answer."""

PAGES: Mapping[str, str] = {
    # People
    "POST /auth/register": "POST /register",
    "POST /auth/confirm-registration": "POST /links/registration/{token}",
    "POST /auth/accept-invitation": "POST /links/invitation/{token}",
    "POST /auth/forgot-password": "POST /forgot",
    "POST /auth/reset-password": "POST /links/password-reset/{token}",
    "POST /auth/confirm-email": "POST /links/email-confirm/{token}",
    "POST /auth/login": "POST /login",
    "POST /auth/switch": "POST /organization",
    "POST /auth/logout": "POST /logout",
    "GET /me": "GET /settings/account",
    "DELETE /me/membership": "POST /settings/account/leave",
    "POST /me/password": "POST /settings/account/password",
    "POST /me/email": "POST /settings/account/email",
    "GET /me/data": "GET /settings/account/data",
    "POST /me/data-export": "POST /settings/account/data/export",
    "POST /organization/data-export": "POST /settings/organization/export",
    "POST /me/deletion": "POST /settings/account/delete",
    "GET /me/second-factor": "GET /settings/second-factor",
    "POST /me/second-factor": "POST /settings/second-factor",
    "POST /me/second-factor/confirmation": "POST /settings/second-factor/confirm",
    "POST /me/second-factor/removal": "POST /settings/second-factor/remove",
    "GET /me/logins": "GET /settings/logins",
    "POST /auth/disown-login": "POST /links/not-me/{token}",
    "POST /auth/restore-account": "POST /links/restore-account/{token}",
    "POST /auth/restore-organization": "POST /links/restore-organization/{token}",
    "GET /me/passkeys": "GET /settings/passkeys",
    "POST /me/passkeys/options": "POST /settings/passkeys",
    "POST /me/passkeys": "POST /settings/passkeys/confirm",
    "PATCH /me/passkeys/{passkey_id}": "POST /settings/passkeys/{passkey_id}",
    "POST /me/passkeys/{passkey_id}/removal": "POST /settings/passkeys/{passkey_id}/remove",
    "POST /auth/passkey/options": "POST /login/passkey/options",
    "POST /auth/passkey": "POST /login/passkey",
    **{
        f"{method} /{noun}{rest}": page
        for noun, one, create in (
            ("projects", "project_id", ""),
            ("teams", "team_id", "/new"),
            ("custom-roles", "custom_role_id", "/new"),
        )
        for method, rest, page in (
            ("GET", "", f"GET /settings/{noun}"),
            ("POST", "", f"POST /settings/{noun}{create}"),
            ("GET", "/{}", f"GET /settings/{noun}/{{{one}}}"),
            ("PATCH", "/{}", f"POST /settings/{noun}/{{{one}}}"),
            ("DELETE", "/{}", f"POST /settings/{noun}/{{{one}}}/delete"),
        )
    },
    "GET /projects/{}/roles": "GET /settings/projects/{project_id}",
    "PUT /projects/{}/teams/{}": "POST /settings/projects/{project_id}/roles",
    "PUT /projects/{}/members/{}": "POST /settings/projects/{project_id}/roles",
    "DELETE /projects/{}/teams/{}": "POST /settings/projects/{project_id}/roles/take",
    "DELETE /projects/{}/members/{}": "POST /settings/projects/{project_id}/roles/take",
    "GET /sessions": "GET /settings/sessions",
    "DELETE /sessions": "POST /settings/sessions/others/end",
    "DELETE /sessions/{session_id}": "POST /settings/sessions/{session_id}/end",
    "GET /members": "GET /settings/members",
    "GET /members/{member_id}": "GET /settings/members/{member_id}",
    "PATCH /members/{member_id}": "POST /settings/members/{member_id}",
    "DELETE /members/{member_id}": "POST /settings/members/{member_id}/remove",
    "GET /invitations": "GET /settings/members",
    "POST /invitations": "POST /settings/invitations",
    "POST /invitations/{invitation_id}/send-again": (
        "POST /settings/invitations/{invitation_id}/send-again"
    ),
    "DELETE /invitations/{invitation_id}": "POST /settings/invitations/{invitation_id}/withdraw",
    "GET /organization": "GET /settings/organization",
    "PATCH /organization": "POST /settings/organization",
    "GET /organization/policy": "GET /settings/organization/policy",
    "PATCH /organization/policy": "POST /settings/organization/policy",
    "POST /organization/deletion": "POST /settings/organization/delete",
    "GET /organization/plan": "GET /settings/plan",
    "GET /organization/usage": "GET /settings/plan",
    "GET /organization/billing": "GET /settings/plan",
    "POST /organization/billing/checkout": "POST /settings/plan/subscribe",
    "POST /organization/billing/portal": "POST /settings/plan/portal",
    "GET /sso-connections": "GET /settings/sso",
    "POST /sso-connections": "POST /settings/sso/new",
    "GET /sso-connections/{sso_connection_id}": "GET /settings/sso/{sso_connection_id}",
    "PATCH /sso-connections/{sso_connection_id}": "POST /settings/sso/{sso_connection_id}",
    "DELETE /sso-connections/{sso_connection_id}": "POST /settings/sso/{sso_connection_id}/delete",
    "GET /audit-entries": "GET /audit",
    "GET /audit-entries/{entry_id}": "GET /audit/{entry_id}",
    "GET /audit-entries/chain": "GET /audit/chain.ndjson",
    "GET /domains": "GET /settings/domains",
    "POST /domains": "POST /settings/domains",
    "GET /domains/{domain_id}": "GET /settings/domains/{domain_id}",
    "POST /domains/{domain_id}/check": "POST /settings/domains/{domain_id}/check",
    "DELETE /domains/{domain_id}": "POST /settings/domains/{domain_id}/delete",
    # Monitors
    "GET /monitors": "GET /monitors",
    "POST /monitors": "POST /monitors/new/{kind}",
    "POST /monitors/bulk": "POST /monitors/import/create",
    "GET /monitors/{monitor_id}": "GET /monitors/{monitor_id}",
    "PATCH /monitors/{monitor_id}": "POST /monitors/{monitor_id}/edit",
    "DELETE /monitors/{monitor_id}": "POST /monitors/{monitor_id}/delete",
    "POST /monitors/{monitor_id}/pause": "POST /monitors/{monitor_id}/pause",
    "POST /monitors/{monitor_id}/resume": "POST /monitors/{monitor_id}/resume",
    "POST /monitors/{monitor_id}/ping-url/rotate": "POST /monitors/{monitor_id}/ping-url/rotate",
    "POST /monitors/{monitor_id}/check": "POST /monitors/{monitor_id}/check",
    "GET /monitors/{monitor_id}/checks": "GET /monitors/{monitor_id}/checks",
    "GET /monitors/{monitor_id}/checks/{checked_at}": (
        "GET /monitors/{monitor_id}/checks/{slot}/{region}"
    ),
    "GET /monitors/{monitor_id}/incidents": "GET /monitors/{monitor_id}/incidents",
    "GET /monitors/{monitor_id}/pings": "GET /monitors/{monitor_id}/pings",
    "GET /monitors/{monitor_id}/uptime": "GET /monitors/{monitor_id}",
    "GET /monitors/{monitor_id}/latency": "GET /monitors/{monitor_id}",
    "GET /checks": "GET /checks",
    "GET /checks/counts": "GET /checks",
    "GET /monitors/{monitor_id}/series": "GET /monitors/{monitor_id}",
    "GET /monitors/{monitor_id}/analysis": "GET /reports/monitors/{monitor_id}",
    "GET /monitors/{monitor_id}/test-runs/{test_run_id}": (
        "GET /monitors/{monitor_id}/test-runs/{test_run_id}"
    ),
    "POST /monitors/test-runs": "POST /monitors/new/{kind}",
    "POST /monitors/{monitor_id}/test-runs": "POST /monitors/{monitor_id}/edit",
    "GET /monitors/test-runs/{test_run_id}": "GET /monitors/test-runs/{test_run_id}",
    "GET /regions": "GET /monitors/{monitor_id}/edit",
    "GET /analysis": "GET /reports",
    # Outages
    "GET /incidents": "GET /incidents",
    "GET /incidents/{incident_id}": "GET /incidents/{incident_id}",
    "POST /incidents/{incident_id}/acknowledge": "POST /incidents/{incident_id}/acknowledge",
    "DELETE /incidents/{incident_id}/acknowledge": "POST /incidents/{incident_id}/withdraw",
    "POST /incidents/{incident_id}/snooze": "POST /incidents/{incident_id}/snooze",
    "POST /incidents/{incident_id}/notes": "POST /incidents/{incident_id}/note",
    "GET /deliveries": "GET /deliveries",
    "GET /deliveries/{delivery_id}": "GET /deliveries/{delivery_id}",
    "POST /deliveries/{delivery_id}/resend": "POST /deliveries/{delivery_id}/resend",
    "GET /maintenance-windows": "GET /maintenance",
    "POST /maintenance-windows": "POST /maintenance/new",
    "POST /maintenance-windows/preview": "POST /maintenance/new",
    "GET /maintenance-windows/{window_id}": "GET /maintenance/{window_id}",
    "PATCH /maintenance-windows/{window_id}": "POST /maintenance/{window_id}/edit",
    "DELETE /maintenance-windows/{window_id}": "POST /maintenance/{window_id}/delete",
    "POST /maintenance-windows/{window_id}/end": "POST /maintenance/{window_id}/end",
    "GET /slos": "GET /slos",
    "POST /slos": "POST /slos/new",
    "POST /slos/openslo": "POST /slos/import",
    "GET /slos/{slo_id}": "GET /slos/{slo_id}",
    "PATCH /slos/{slo_id}": "POST /slos/{slo_id}/edit",
    "DELETE /slos/{slo_id}": "POST /slos/{slo_id}/delete",
    "GET /slos/{slo_id}/openslo": "GET /slos/{slo_id}/openslo",
    # Whom to notify
    "GET /contacts": "GET /contacts",
    "POST /contacts": "POST /contacts",
    "GET /contacts/{contact_id}": "GET /contacts/{contact_id}",
    "PATCH /contacts/{contact_id}": "POST /contacts/{contact_id}/edit",
    "DELETE /contacts/{contact_id}": "POST /contacts/{contact_id}/delete",
    "GET /contacts/{contact_id}/channels": "GET /contacts/{contact_id}",
    "POST /contacts/{contact_id}/channels": "POST /contacts/{contact_id}/channels/new/{kind}",
    "GET /contacts/{contact_id}/channels/{channel_id}": "GET /contacts/{contact_id}",
    "PATCH /contacts/{contact_id}/channels/{channel_id}": (
        "POST /contacts/{contact_id}/channels/{channel_id}/edit"
    ),
    "DELETE /contacts/{contact_id}/channels/{channel_id}": (
        "POST /contacts/{contact_id}/channels/{channel_id}/delete"
    ),
    **{
        f"POST /contacts/{{contact_id}}/channels/{{channel_id}}/{act}": (
            f"POST /contacts/{{contact_id}}/channels/{{channel_id}}/{act}"
        )
        for act in ("confirmation", "test", "enable")
    },
    "GET /contact-groups": "GET /groups",
    "POST /contact-groups": "POST /groups",
    "GET /contact-groups/{group_id}": "GET /groups/{group_id}",
    "PATCH /contact-groups/{group_id}": "POST /groups/{group_id}/edit",
    "DELETE /contact-groups/{group_id}": "POST /groups/{group_id}/delete",
    "GET /escalation-policies": "GET /on-call/policies",
    "POST /escalation-policies": "POST /on-call/policies/new",
    "GET /escalation-policies/{policy_id}": "GET /on-call/policies/{policy_id}",
    "PATCH /escalation-policies/{policy_id}": "POST /on-call/policies/{policy_id}/edit",
    "DELETE /escalation-policies/{policy_id}": "POST /on-call/policies/{policy_id}/delete",
    "GET /on-call-schedules": "GET /on-call",
    "POST /on-call-schedules": "POST /on-call/schedules/new",
    "GET /on-call-schedules/{schedule_id}": "GET /on-call/schedules/{schedule_id}",
    "PATCH /on-call-schedules/{schedule_id}": "POST /on-call/schedules/{schedule_id}/edit",
    "DELETE /on-call-schedules/{schedule_id}": "POST /on-call/schedules/{schedule_id}/delete",
    "GET /on-call-schedules/{schedule_id}/shifts": "GET /on-call/schedules/{schedule_id}",
    "GET /on-call-schedules/{schedule_id}/on-duty": "GET /on-call/forecast",
    "GET /on-call-schedules/{schedule_id}/overrides": "GET /on-call/schedules/{schedule_id}",
    "POST /on-call-schedules/{schedule_id}/overrides": (
        "POST /on-call/schedules/{schedule_id}/overrides"
    ),
    "DELETE /on-call-schedules/{schedule_id}/overrides/{override_id}": (
        "POST /on-call/schedules/{schedule_id}/overrides/{override_id}/delete"
    ),
    # What belongs to an organization
    **{
        f"{method} /{api}{rest}": page
        for api, here, one in (
            ("credentials", "/settings/credentials", "credential_id"),
            ("message-templates", "/settings/templates", "template_id"),
            ("api-keys", "/settings/api-keys", "api_key_id"),
            ("service-accounts", "/settings/service-accounts", "account_id"),
            ("event-subscriptions", "/settings/events", "subscription_id"),
            ("recipients", "/settings/recipients", "recipient_id"),
        )
        for method, rest, page in (
            ("GET", "", f"GET {here}"),
            ("POST", "", f"POST {here}/new"),
            ("GET", "/{}", f"GET {here}/{{{one}}}"),
            ("PATCH", "/{}", f"POST {here}/{{{one}}}"),
            ("DELETE", "/{}", f"POST {here}/{{{one}}}/delete"),
        )
    },
    "POST /credentials": "POST /settings/credentials/new/{scheme}",
    "PATCH /credentials/{}": "POST /settings/credentials/{credential_id}/edit",
    "POST /message-templates/preview": "POST /settings/templates/new",
    "POST /api-keys/{}/rotate": "POST /settings/api-keys/{api_key_id}/rotate",
    "POST /service-accounts/{}/rotate": "POST /settings/service-accounts/{account_id}/rotate",
    "POST /service-accounts/{}/end-tokens": (
        "POST /settings/service-accounts/{account_id}/end-tokens"
    ),
    "POST /event-subscriptions/{}/rotate": "POST /settings/events/{subscription_id}/rotate",
    "DELETE /event-subscriptions/{}/rotate": "POST /settings/events/{subscription_id}/rotate/end",
    "POST /event-subscriptions/{}/enable": "POST /settings/events/{subscription_id}/enable",
    "POST /event-subscriptions/{}/test": "POST /settings/events/{subscription_id}/test",
    "GET /event-subscriptions/{}/deliveries": "GET /settings/events/{subscription_id}",
    "GET /schemas/events": "GET /settings/events/new",
    "POST /recipients/{}/challenge": "POST /settings/recipients/{recipient_id}/challenge",
    "POST /recipients/{}/confirm": "POST /settings/recipients/{recipient_id}/confirm",
    "POST /recipients/{}/retire": "POST /settings/recipients/{recipient_id}/retire",
    "GET /exports": "GET /reports/exports",
    "POST /exports": "POST /reports/exports/new",
    "GET /exports/{}": "GET /reports/exports/{export_id}",
    "DELETE /exports/{}": "POST /reports/exports/{export_id}/delete",
    "POST /exports/{}/links": "POST /reports/exports/{export_id}/links",
}
"""The page or button of each operation, by their methods and paths."""

OTHERS = {
    "GET /me": Permission.ACCOUNT_READ,
    "GET /projects/{}/roles": Permission.PROJECT_READ,
    "GET /organization/billing": Permission.ORGANIZATION_READ,
    "GET /regions": Permission.MONITOR_WRITE,
    "GET /schemas/events": Permission.EVENT_WRITE,
    "GET /monitors/test-runs/{test_run_id}": Permission.MONITOR_WRITE,
    "POST /maintenance-windows/preview": Permission.MAINTENANCE_WRITE,
    "POST /message-templates/preview": Permission.TEMPLATE_WRITE,
}
"""The permission of a page that shows more than its operation, or also changes something."""


def operations(client: ApiClient) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in client.read("/api/openapi.json")["paths"].items():
        for method in item.keys() & {"get", "post", "patch", "put", "delete"}:
            yield f"{method.upper()} {path.removeprefix('/api/v1')}", item[method]


def known(operation: str) -> str:
    """Return how the table calls an operation: with the names of its ids, or without."""
    without = re.sub(r"\{\w+\}", "{}", operation)
    return operation if operation in PAGES or operation in FOR_PROGRAMS else without


@pytest.fixture
def views(app: Flask) -> Mapping[str, str]:
    """Return the endpoints of pages by their methods and paths."""
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("web-"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            found |= {f"{method} {path}": rule.endpoint for method in rule.methods or ()}
    return found


def test_each_operation_of_the_api_has_a_page_or_a_button_with_its_permission(
    app: Flask, ada: Reader, views: Mapping[str, str]
) -> None:
    seen = set()
    for operation, described in operations(ada.api):
        name = known(operation)
        seen.add(name)
        if name in FOR_PROGRAMS:
            continue
        assert name in PAGES, f"{operation} has no page"
        assert PAGES[name] in views, f"{operation}: there is no {PAGES[name]}"
        asked = described.get("x-permission")
        needed = permission_of(app.view_functions[views[PAGES[name]]])
        if asked and needed:
            assert needed == OTHERS.get(name, asked), operation
    assert seen == PAGES.keys() | FOR_PROGRAMS.keys()


def test_each_field_of_a_monitor_can_be_filled_in(ada: Reader) -> None:
    offered = {
        "kind",
        "settings",
    }  # The kind is chosen first, and its settings have their own names.
    ada.api.make("credentials", name="x", scheme="bearer", fields={"token": "t" * 9})
    ada.api.make("contact-groups", name="On call")
    ada.api.make("projects", name="Shop")
    ada.api.make_monitor()
    for kind in SETTINGS:
        form = ada.get(f"/monitors/new/{kind}")
        offered |= {str(each["name"]) for each in form.select("form [name]")}
    wanted = set(MonitorFields().fields)
    # There is one region here, so there is none to choose.
    assert wanted - offered == {"regions", "quorum"}
