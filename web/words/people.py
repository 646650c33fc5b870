"""What roles, permissions, machines and credentials are called."""

from web.translations import marked
from web.words.labels import Labels

role = Labels(
    {
        "owner": marked("Owner"),
        "admin": marked("Admin"),
        "operator": marked("Operator"),
        "viewer": marked("Viewer"),
        "auditor": marked("Auditor"),
        "billing": marked("Billing"),
        "guest": marked("Guest"),
        "custom": marked("Custom role"),
    }
)
"""The roles of a member."""

about_role = Labels(
    {
        "owner": marked("May do everything, including deleting the organization."),
        "admin": marked("May change everything but the organization itself."),
        "operator": marked("Runs monitors, contacts, on-call schedules and incidents."),
        "viewer": marked("Sees monitors, incidents and reports, and changes nothing."),
        "auditor": marked("Sees everything, changes nothing, and may export."),
        "billing": marked(
            "Sees the plan, the usage and the invoices, and nothing that is monitored."
        ),
        "guest": marked("Sees nothing but the projects in which they have a role."),
        "custom": marked("May do what the custom role names."),
    }
)
"""What a role may do, in a sentence."""

project_role = Labels(
    {
        "operator": marked("Operator"),
        "viewer": marked("Viewer"),
        "custom": marked("Custom role"),
    }
)
"""The roles in a project."""

about_project_role = Labels(
    {
        "operator": marked(
            "Runs the monitors, incidents, maintenance windows and objectives of the project."
        ),
        "viewer": marked("Sees everything in the project, and changes nothing."),
    }
)
"""What a role in a project may do there, in a sentence."""

noun = Labels(
    {
        "profile": marked("Own profile"),
        "account": marked("Own account"),
        "monitor": marked("Monitors"),
        "incident": marked("Incidents"),
        "maintenance": marked("Maintenance windows"),
        "slo": marked("Objectives"),
        "audit": marked("Audit log"),
        "contact": marked("Contacts"),
        "escalation": marked("Escalation and on-call schedules"),
        "delivery": marked("Deliveries"),
        "template": marked("Message templates"),
        "event": marked("Event subscriptions"),
        "credential": marked("Credentials of checks"),
        "analysis": marked("Reports"),
        "export": marked("Exports"),
        "recipient": marked("Recipients of encrypted answers"),
        "member": marked("Members and invitations"),
        "machine": marked("API keys and service accounts"),
        "project": marked("Projects"),
        "organization": marked("Organization"),
        "billing": marked("Subscription and invoices"),
    }
)
"""The nouns of permissions."""

verb = Labels({"read": marked("See"), "write": marked("Change"), "use": marked("Use")})
"""The verbs of permissions."""

login_way = Labels(
    {
        "password": marked("Password"),
        "passkey": marked("Passkey"),
        "sso": marked("Single sign-on"),
    }
)
"""How a session began."""

login_factor = Labels(
    {"none": marked("none"), "code": marked("Code"), "passkey": marked("Passkey")}
)
"""What was given beside the password."""

login_outcome = Labels(
    {
        "succeeded": marked("logged in"),
        "wrong_proof": marked("refused"),
        "wrong_factor": marked("wrong second factor"),
        "disowned": marked("not you"),
    }
)
"""How an attempt to log in ended."""

machine = Labels(
    {
        "api_key": marked("API key"),
        "client_secret": marked("Client secret"),
        "private_key_jwt": marked("Signed assertion (private_key_jwt)"),
        "tls_client_auth": marked("Client certificate (mutual TLS)"),
    }
)
"""The authentication schemes of machines."""

scheme = Labels(
    {
        "api_key": marked("API key"),
        "aws_sigv4": marked("AWS signature (SigV4)"),
        "azure": marked("Azure AD (Entra ID)"),
        "basic": marked("Basic (name and password)"),
        "bearer": marked("Bearer token"),
        "ca_bundle": marked("Own certificate authority"),
        "client_certificate": marked("Client certificate"),
        "cloudflare_access": marked("Cloudflare Access"),
        "digest": marked("Digest (name and password)"),
        "form_login": marked("Login form"),
        "gcp_service_account": marked("Google service account"),
        "hawk": "Hawk",
        "headers": marked("Secret headers"),
        "hmac": marked("HMAC signature"),
        "http_signature": marked("HTTP message signature"),
        "json_login": marked("JSON login"),
        "jwt": marked("Signed token (JWT)"),
        "negotiate": marked("Kerberos (Negotiate)"),
        "ntlm": "NTLM",
        "oauth1": "OAuth 1.0a",
        "oauth2": "OAuth 2.0",
        "proxy": marked("Proxy"),
        "ssh_key": marked("SSH key"),
        "wsse": "WS-Security (WSSE)",
    }
)
"""The authentication schemes of credentials."""
