"""The first page of the settings: where everything else is."""

from dataclasses import dataclass

from flask import Response

from domain.permissions import Permission
from server.identity.principal import Call
from web.rendering import render
from web.routing import Pages
from web.translations import marked

pages = Pages("settings")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One page of the settings, and the permission without which it is not shown."""

    href: str
    symbol: str
    title: str
    says: str
    permission: Permission


_YOURS = (
    _Entry(
        "/settings/account",
        "circle-user",
        marked("Account"),
        marked("Email address, password, language, your data"),
        Permission.ACCOUNT_READ,
    ),
    _Entry(
        "/settings/second-factor",
        "shield-check",
        marked("Second factor"),
        marked("A code in addition to the password"),
        Permission.ACCOUNT_READ,
    ),
    _Entry(
        "/settings/passkeys",
        "key-round",
        marked("Passkeys"),
        marked("Log in with your device instead of the password"),
        Permission.ACCOUNT_READ,
    ),
    _Entry(
        "/settings/sessions",
        "monitor-smartphone",
        marked("Sessions"),
        marked("Where you are logged in"),
        Permission.ACCOUNT_READ,
    ),
    _Entry(
        "/settings/logins",
        "history",
        marked("Logins"),
        marked("When and from where somebody logged in to your account"),
        Permission.ACCOUNT_READ,
    ),
)
_OURS = (
    _Entry(
        "/settings/organization",
        "building-2",
        marked("Organization"),
        marked("Encrypted answers, authentication of machines, deletion"),
        Permission.ORGANIZATION_READ,
    ),
    _Entry(
        "/settings/plan",
        "gauge",
        marked("Plan and usage"),
        marked("Limits, what is used of them, invoices"),
        Permission.ORGANIZATION_READ,
    ),
    _Entry(
        "/settings/members",
        "users",
        marked("Members"),
        marked("Who belongs to the organization, roles, invitations"),
        Permission.MEMBER_READ,
    ),
    _Entry(
        "/settings/sso",
        "lock-keyhole",
        marked("Single sign-on"),
        marked("The identity provider of your organization"),
        Permission.ORGANIZATION_READ,
    ),
    _Entry(
        "/settings/domains",
        "globe",
        marked("Domains"),
        marked("Domains that your organization proves to own"),
        Permission.ORGANIZATION_READ,
    ),
    _Entry(
        "/audit",
        "list",
        marked("Audit log"),
        marked("Who did what, and proof that nobody changed the record"),
        Permission.AUDIT_READ,
    ),
    _Entry(
        "/settings/teams",
        "users",
        marked("Teams"),
        marked("Who gets roles in projects as one"),
        Permission.MEMBER_READ,
    ),
    _Entry(
        "/settings/projects",
        "list",
        marked("Projects"),
        marked("What some members share, and who may see it"),
        Permission.PROJECT_READ,
    ),
    _Entry(
        "/settings/custom-roles",
        "shield-check",
        marked("Custom roles"),
        marked("Roles that you put together yourself"),
        Permission.MEMBER_READ,
    ),
    _Entry(
        "/settings/templates",
        "message-square-text",
        marked("Message templates"),
        marked("The text of alerts"),
        Permission.TEMPLATE_READ,
    ),
    _Entry(
        "/settings/credentials",
        "key-round",
        marked("Credentials"),
        marked("How checks log in to watched servers"),
        Permission.CREDENTIAL_READ,
    ),
    _Entry(
        "/settings/api-keys",
        "terminal",
        marked("API keys"),
        marked("Access for scripts"),
        Permission.MACHINE_READ,
    ),
    _Entry(
        "/settings/service-accounts",
        "bot",
        marked("Service accounts"),
        marked("Access for systems, by OAuth 2.0 or certificates"),
        Permission.MACHINE_READ,
    ),
    _Entry(
        "/settings/events",
        "webhook",
        marked("Event subscriptions"),
        marked("Webhooks about everything that happens"),
        Permission.EVENT_READ,
    ),
    _Entry(
        "/settings/recipients",
        "lock-keyhole",
        marked("Recipients"),
        marked("Public keys for which answers and exports are encrypted"),
        Permission.RECIPIENT_READ,
    ),
)


@pages.page("/settings", permission=Permission.ACCOUNT_READ)
def index(call: Call) -> Response:
    may = call.principal.access.somewhere
    return render(
        "settings/index.html",
        call,
        active="settings",
        yours=[each for each in _YOURS if each.permission in may],
        ours=[each for each in _OURS if each.permission in may],
    )
