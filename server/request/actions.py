"""The name of the act that each route is, or the reason why it is none.

Deny by default: a test fails for a route that changes something and has no line here. The entry of
such a route is named after its noun all the same.
"""

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "accounts.accept_invitation": "member.joined",
    "accounts.confirm_email": "user.email_change_agreed",
    "accounts.confirm_registration": "organization.created",
    "accounts.disown_login": "user.login_disowned",
    "accounts.reset_password": "user.password_reset",
    "acknowledgements.acknowledge": "incident.acknowledged",
    "acknowledgements.annotate": "incident.note_added",
    "acknowledgements.snooze": "incident.snoozed",
    "acknowledgements.unacknowledge": "incident.unacknowledged",
    "api-keys.change": "api_key.updated",
    "api-keys.create": "api_key.created",
    "api-keys.delete": "api_key.deleted",
    "api-keys.rotate": "api_key.rotated",
    "auth.login": "session.created",
    "auth.login_by_passkey": "session.created",
    "auth.logout": "session.ended",
    "auth.refresh": "session.renewed",
    "auth.switch": "session.switched",
    "billing.begin": "organization.subscription_begun",
    "billing.open_portal": "organization.portal_opened",
    "channels.ask_again": "channel.confirmation_sent",
    "channels.change": "channel.updated",
    "channels.create": "channel.created",
    "channels.delete": "channel.deleted",
    "channels.enable": "channel.enabled",
    "channels.send_test": "channel.tested",
    "contact-groups.change": "contact_group.updated",
    "contact-groups.create": "contact_group.created",
    "contact-groups.delete": "contact_group.deleted",
    "contacts.change": "contact.updated",
    "contacts.create": "contact.created",
    "contacts.delete": "contact.deleted",
    "credentials.change": "credential.updated",
    "credentials.create": "credential.created",
    "credentials.delete": "credential.deleted",
    "custom-roles.change": "custom_role.updated",
    "custom-roles.create": "custom_role.created",
    "custom-roles.delete": "custom_role.deleted",
    "deliveries.resend": "delivery.resent",
    "draft_test_runs.begin": "test_run.created",
    "draft_test_runs.begin_changed": "test_run.created",
    "domains.check": "domain.check_requested",
    "domains.create": "domain.created",
    "domains.delete": "domain.deleted",
    "escalation-policies.change": "escalation_policy.updated",
    "escalation-policies.create": "escalation_policy.created",
    "escalation-policies.delete": "escalation_policy.deleted",
    "event-subscriptions.change": "event_subscription.updated",
    "event-subscriptions.create": "event_subscription.created",
    "event-subscriptions.delete": "event_subscription.deleted",
    "event-subscriptions.enable": "event_subscription.enabled",
    "event-subscriptions.end_rotation": "event_subscription.rotation_ended",
    "event-subscriptions.rotate": "event_subscription.rotated",
    "event-subscriptions.try_out": "event_subscription.tested",
    "exports.delete": "export.deleted",
    "exports.links": "export.link_created",
    "exports.request": "export.created",
    "invitations.create": "invitation.created",
    "invitations.delete": "invitation.deleted",
    "invitations.send_again": "invitation.resent",
    "maintenance-windows.change": "maintenance_window.updated",
    "maintenance-windows.create": "maintenance_window.created",
    "maintenance-windows.delete": "maintenance_window.deleted",
    "maintenance-windows.end": "maintenance_window.ended",
    "me.change_email": "user.email_change_requested",
    "me.change_password": "user.password_changed",
    "me.delete": "user.deleted",
    "me.leave": "member.left",
    "members.change": "member.role_changed",
    "members.delete": "member.removed",
    "message-templates.change": "message_template.updated",
    "message-templates.create": "message_template.created",
    "message-templates.delete": "message_template.deleted",
    "monitors.change": "monitor.updated",
    "monitors.check_now": "monitor.check_requested",
    "monitors.create": "monitor.created",
    "monitors.create_bulk": "monitor.bulk_created",
    "monitors.delete": "monitor.deleted",
    "monitors.pause": "monitor.paused",
    "monitors.resume": "monitor.resumed",
    "monitors.rotate_ping_url": "monitor.ping_url_rotated",
    "oauth.revoke": "service_account.token_revoked",
    "oauth.token": "service_account.token_issued",
    "on-call-overrides.create": "on_call_override.created",
    "on-call-overrides.delete": "on_call_override.deleted",
    "on-call-schedules.change": "on_call_schedule.updated",
    "on-call-schedules.create": "on_call_schedule.created",
    "on-call-schedules.delete": "on_call_schedule.deleted",
    "organizations.change": "organization.updated",
    "organizations.change_policy": "organization_policy.updated",
    "organizations.delete": "organization.deleted",
    "passkeys.begin": "passkey.offered",
    "passkeys.change": "passkey.updated",
    "passkeys.create": "passkey.created",
    "passkeys.remove": "passkey.deleted",
    "projects.change": "project.updated",
    "projects.create": "project.created",
    "projects.delete": "project.deleted",
    "projects.give_member": "project.role_given",
    "projects.give_team": "project.role_given",
    "projects.take_from_member": "project.role_taken",
    "projects.take_from_team": "project.role_taken",
    "recipients.challenge": "recipient.challenged",
    "recipients.change": "recipient.updated",
    "recipients.confirm": "recipient.confirmed",
    "recipients.delete": "recipient.deleted",
    "recipients.register": "recipient.created",
    "recipients.retire": "recipient.retired",
    "second factor.begin": "second_factor.offered",
    "second factor.confirm": "second_factor.enabled",
    "second factor.remove": "second_factor.removed",
    "service-accounts.change": "service_account.updated",
    "service-accounts.create": "service_account.created",
    "service-accounts.delete": "service_account.deleted",
    "service-accounts.end_tokens": "service_account.tokens_ended",
    "service-accounts.rotate": "service_account.rotated",
    "sessions.delete": "session.ended",
    "sessions.delete_others": "session.others_ended",
    "slos.change": "slo.updated",
    "slos.create": "slo.created",
    "sso-connections.change": "sso_connection.updated",
    "sso-connections.create": "sso_connection.created",
    "sso-connections.delete": "sso_connection.deleted",
    "slos.create_from_openslo": "slo.imported",
    "slos.delete": "slo.deleted",
    "teams.change": "team.updated",
    "teams.create": "team.created",
    "teams.delete": "team.deleted",
}
"""The acts of the API, by endpoint."""

FORMS: Mapping[str, str] = {
    "account-links.act-email-allow": "user.email_change_agreed",
    "account-links.act-email-confirm": "user.email_change_agreed",
    "account-links.act-invitation": "member.joined",
    "account-links.act-not-me": "user.login_disowned",
    "account-links.act-password-reset": "user.password_reset",
    "account-links.act-registration": "organization.created",
    "account.begin_second_factor": "second_factor.offered",
    "account.change_email": "user.email_change_requested",
    "account.change_password": "user.password_changed",
    "account.confirm_second_factor": "second_factor.enabled",
    "account.delete": "user.deleted",
    "account.end_others": "session.others_ended",
    "account.end_session": "session.ended",
    "account.leave": "member.left",
    "account.remove_second_factor": "second_factor.removed",
    "acknowledge-links.acknowledge": "incident.acknowledged",
    "acknowledge-links.press_key": "incident.acknowledged",
    "credentials.begin_test_run": "test_run.created",
    "exports.ask": "export.created",
    "groups.change": "contact_group.updated",
    "groups.create": "contact_group.created",
    "groups.delete": "contact_group.deleted",
    "incidents.acknowledge": "incident.acknowledged",
    "incidents.annotate": "incident.note_added",
    "incidents.snooze_until": "incident.snoozed",
    "incidents.withdraw": "incident.unacknowledged",
    "login.give_code": "session.created",
    "login.give_passkey": "session.created",
    "login.log_in": "session.created",
    "login.log_out": "session.ended",
    "login.open_demo": "session.created",
    "login.prove": "session.proven",
    "login.switch": "session.switched",
    "login.use_passkey": "session.created",
    "organization-policy.change": "organization_policy.updated",
    "passkeys.confirm": "passkey.created",
    "passkeys.rename": "passkey.updated",
    "maintenance.change": "maintenance_window.updated",
    "maintenance.create": "maintenance_window.created",
    "maintenance.delete": "maintenance_window.deleted",
    "maintenance.end": "maintenance_window.ended",
    "members.change_role": "member.role_changed",
    "members.invite": "invitation.created",
    "members.remove": "member.removed",
    "members.send_again": "invitation.resent",
    "members.withdraw": "invitation.deleted",
    "message-links.confirm": "channel.confirmed",
    "message-links.unsubscribe": "channel.unsubscribed",
    "monitor-editor.change": "monitor.updated",
    "monitor-editor.create": "monitor.created",
    "monitors.apply_bulk": "monitor.bulk_updated",
    "monitors.begin_test_run": "test_run.created",
    "monitors.check": "monitor.check_requested",
    "monitors.create_imported": "monitor.bulk_created",
    "monitors.delete_view": "saved_view.deleted",
    "monitors.save_view": "saved_view.created",
    "on-call-overrides.end": "on_call_override.ended",
    "organization.change": "organization.updated",
    "organization.delete": "organization.deleted",
    "sso.complete": "session.created",
    "sso-logouts.log_out": "session.ended_by_provider",
    "overview.watch": "monitor.created",
    "plan.open_portal": "organization.portal_opened",
    "plan.subscribe": "organization.subscription_begun",
}
"""The acts of the forms of the app. A form that is not here is named as the same route of the API."""

NO_ACTS: Mapping[str, str] = {
    "accounts.forgot": "changes nothing, and answers alike for every address",
    "accounts.forgot_password": "changes nothing, and answers alike for every address",
    "accounts.register": "there is no organization before the confirmation",
    "billing.take_event": "an event of the billing provider only asks to read what changed there",
    "auth.passkey_options": "reads only",
    "login.passkey_options": "reads only",
    "maintenance-windows.preview": "reads only",
    "message-templates.preview": "reads only",
    "monitors.edit_import": "reads only",
    "monitors.preview_bulk": "reads only",
    "monitors.preview_import": "reads only",
    "oauth.introspect": "reads only",
    "pings.ping": "a measurement, like a check",
    "sso.begin": "leads to the identity provider",
    "preferences.change": "changes cookies only",
}
"""The routes that are no act though they are no GET, each with the reason."""

_FORM = "web-"

GET_ACTS = frozenset({"web-sso.complete"})
"""What changes something though it is a GET: the provider sends people back by one."""
_LINKS = ("accounts.", "account-links.", "acknowledge-links.", "message-links.")
"""The routes of one-time links, which need no login."""


def is_form(endpoint: str) -> bool:
    """Return whether an endpoint belongs to the app, and not to the API."""
    return endpoint.startswith(_FORM)


def is_link(endpoint: str) -> bool:
    """Return whether an endpoint is reached by a one-time link."""
    return endpoint.removeprefix(_FORM).startswith(_LINKS)


def action_of(endpoint: str) -> str | None:
    """Return the name of the act of an endpoint, or None if it is none."""
    name = endpoint.removeprefix(_FORM)
    if name in NO_ACTS:
        return None
    found = (FORMS.get(name) if is_form(endpoint) else None) or ACTIONS.get(name)
    return found or f"{name.partition('.')[0].replace('-', '_').replace(' ', '_')}.changed"


def is_named(endpoint: str) -> bool:
    """Return whether an endpoint has a line here."""
    name = endpoint.removeprefix(_FORM)
    return name in NO_ACTS or name in ACTIONS or (is_form(endpoint) and name in FORMS)
