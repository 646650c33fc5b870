"""Access tokens that are too old, without waiting for it."""

from dataclasses import replace

from flask import Flask

from security.jwt.tokens import AccessTokens
from server.resources import Resources, provide


def refuse_tokens_of_before(app: Flask) -> None:
    """Make each access token as good as one that is too old."""
    resources: Resources = app.extensions["downtime"]
    old = resources.tokens
    tokens = AccessTokens(old.keys, issuer="https://other.test", lifetime=old.lifetime)
    provide(app, replace(resources, tokens=tokens))
