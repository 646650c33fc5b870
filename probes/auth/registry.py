"""The authentication schemes.

A new scheme is one file, one line here, one test file, and one row in
docs/reference/authorization.md.
"""

from probes.auth import (
    api_key,
    aws_sigv4,
    azure,
    basic,
    bearer,
    ca_bundle,
    client_certificate,
    cloudflare_access,
    form_login,
    gcp_service_account,
    hawk,
    headers,
    hmac,
    http_signature,
    json_login,
    jwt,
    ntlm,
    oauth1,
    proxy,
    ssh_key,
    wsse,
)
from probes.auth.azure_settings import AzureSettings
from probes.auth.base import Scheme
from probes.auth.digest import scheme as digest
from probes.auth.negotiate import scheme as negotiate
from probes.auth.negotiate.settings import NegotiateSettings
from probes.auth.oauth2 import scheme as oauth2
from probes.auth.oauth2.settings import OAuth2Settings

SCHEMES: dict[str, Scheme] = {
    "api_key": Scheme(settings=api_key.ApiKeySettings, exchange=api_key.exchange),
    "aws_sigv4": Scheme(settings=aws_sigv4.AwsSigv4Settings, exchange=aws_sigv4.exchange),
    "azure": Scheme(settings=AzureSettings, exchange=azure.exchange),
    "basic": Scheme(settings=basic.BasicSettings, exchange=basic.exchange),
    "bearer": Scheme(settings=bearer.BearerSettings, exchange=bearer.exchange),
    "ca_bundle": Scheme(
        settings=ca_bundle.CaBundleSettings,
        exchange=ca_bundle.exchange,
        transport=True,
        everywhere=True,
    ),
    "client_certificate": Scheme(
        settings=client_certificate.ClientCertificateSettings,
        exchange=client_certificate.exchange,
        transport=True,
    ),
    "cloudflare_access": Scheme(
        settings=cloudflare_access.CloudflareAccessSettings, exchange=cloudflare_access.exchange
    ),
    "digest": Scheme(settings=digest.DigestSettings, exchange=digest.exchange),
    "form_login": Scheme(settings=form_login.FormLoginSettings, exchange=form_login.exchange),
    "gcp_service_account": Scheme(
        settings=gcp_service_account.GcpServiceAccountSettings,
        exchange=gcp_service_account.exchange,
    ),
    "hawk": Scheme(settings=hawk.HawkSettings, exchange=hawk.exchange),
    "headers": Scheme(settings=headers.HeadersSettings, exchange=headers.exchange),
    "hmac": Scheme(settings=hmac.HmacSettings, exchange=hmac.exchange),
    "http_signature": Scheme(
        settings=http_signature.HttpSignatureSettings, exchange=http_signature.exchange
    ),
    "json_login": Scheme(settings=json_login.JsonLoginSettings, exchange=json_login.exchange),
    "jwt": Scheme(settings=jwt.JwtSettings, exchange=jwt.exchange),
    "negotiate": Scheme(settings=NegotiateSettings, exchange=negotiate.exchange),
    "ntlm": Scheme(settings=ntlm.NtlmSettings, exchange=ntlm.exchange),
    "oauth1": Scheme(settings=oauth1.Oauth1Settings, exchange=oauth1.exchange),
    "oauth2": Scheme(settings=OAuth2Settings, exchange=oauth2.exchange),
    "proxy": Scheme(
        settings=proxy.ProxySettings, exchange=proxy.exchange, transport=True, everywhere=True
    ),
    "ssh_key": Scheme(settings=ssh_key.SshKeySettings, exchange=ssh_key.exchange),
    "wsse": Scheme(settings=wsse.WsseSettings, exchange=wsse.exchange),
}
