"""The scheme `cloudflare_access`: a service token for a site behind Cloudflare Access."""

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import SecretWord, Word
from probes.auth.request_bytes import with_header
from probes.exchange import Request


class CloudflareAccessSettings(SchemeSettings):
    client_id: Word
    client_secret: SecretWord


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, CloudflareAccessSettings)
    secret = settings.client_secret.get_secret_value()
    request = with_header(request, "CF-Access-Client-Id", settings.client_id)
    return (yield from send(with_header(request, "CF-Access-Client-Secret", secret)))
