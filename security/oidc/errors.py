"""Why an answer of a provider was not accepted."""


class OidcError(Exception):
    """The text is for the administrator and our log; whoever logs in receives no details."""
