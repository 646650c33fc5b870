"""The authentication schemes of machines, as organizations and settings name them."""

from enum import StrEnum


class Scheme(StrEnum):
    API_KEY = "api_key"
    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a scheme
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS_CLIENT_AUTH = "tls_client_auth"


SCHEMES = tuple(Scheme)

AT_THE_TOKEN_ENDPOINT = (Scheme.CLIENT_SECRET, Scheme.PRIVATE_KEY_JWT, Scheme.TLS_CLIENT_AUTH)
