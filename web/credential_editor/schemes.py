"""The schemes as a reader chooses among them: groups, and a sentence about each."""

from collections.abc import Sequence

from probes.auth.registry import SCHEMES
from web.translations import marked

Entry = tuple[str, str]
"""The name of a scheme, and what is sent with it."""

GROUPS: Sequence[tuple[str, Sequence[Entry]]] = (
    (
        marked("Names, passwords and tokens"),
        (
            ("basic", marked("A user name and a password in each request.")),
            ("bearer", marked("A token in the header Authorization.")),
            ("api_key", marked("A key in a header, the query or a cookie.")),
            ("headers", marked("Headers whose values are secret.")),
            ("digest", marked("Answers a challenge; the password is never sent.")),
            ("cloudflare_access", marked("A service token of Cloudflare Access.")),
            ("ssh_key", marked("A user name and a private key, to log in by SSH.")),
            ("wsse", marked("A user name with a fresh digest in the header X-WSSE.")),
        ),
    ),
    (
        marked("Logins"),
        (
            ("form_login", marked("Fills in the login form of a website, and keeps the session.")),
            (
                "json_login",
                marked("Posts a name and a password, and uses the token of the answer."),
            ),
            ("oauth2", marked("Gets a token from an authorization server, and renews it.")),
            ("azure", marked("An application of Microsoft Entra ID.")),
            ("gcp_service_account", marked("A service account of Google Cloud.")),
            ("negotiate", marked("A Kerberos principal, with a password or a keytab.")),
            ("ntlm", marked("A Windows user name and password.")),
        ),
    ),
    (
        marked("Signatures"),
        (
            ("hmac", marked("Signs requests with a shared key, in a form of your choice.")),
            ("jwt", marked("Signs a fresh token for each request.")),
            ("aws_sigv4", marked("Signs requests for Amazon Web Services and what is like them.")),
            ("http_signature", marked("Signs parts of the request (RFC 9421).")),
            ("oauth1", marked("Signs requests with a consumer key, and a token if there is one.")),
            ("hawk", marked("Signs requests with the Hawk scheme.")),
        ),
    ),
    (
        marked("Connection"),
        (
            (
                "client_certificate",
                marked("Shows a certificate in the TLS handshake (mutual TLS)."),
            ),
            ("ca_bundle", marked("Trusts certificate authorities of your own.")),
            ("proxy", marked("Goes through a proxy.")),
        ),
    ),
)
_OTHERS = marked("Others")


def grouped() -> Sequence[tuple[str, Sequence[Entry]]]:
    """Return the schemes by groups. One that nobody has described yet comes last."""
    known = {name for _, entries in GROUPS for name, _ in entries}
    others = tuple((name, "") for name in SCHEMES if name not in known)
    return (*GROUPS, (_OTHERS, others)) if others else GROUPS
