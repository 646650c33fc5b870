"""Applications that many tests use: to put one together takes longer than most of these tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import Flask

from api.app import make_resources
from application import create_app
from config.settings import Settings
from models.session import api_scope
from server.resources import Transactions, provide


class Serve(Protocol):
    """Serves an application with these settings until the test ends."""

    def __call__(self, settings: Settings, transaction: Transactions = ...) -> Flask: ...


class Applications:
    """Keeps those that nobody uses, and gives each to one test after the other."""

    def __init__(self) -> None:
        self._idle: list[tuple[Settings, Flask]] = []

    @contextmanager
    def serving(self, settings: Settings, transaction: Transactions = api_scope) -> Iterator[Flask]:
        """Give one that remembers nothing of the test before: all that it keeps is made anew.

        Who asks for a second one of equal settings gets another, like a second process.
        """
        app = self._take(settings)
        resources = make_resources(settings, transaction)
        provide(app, resources)
        with resources.redis:
            yield app
        self._idle.append((settings, app))

    def _take(self, settings: Settings) -> Flask:
        for place, (made, _) in enumerate(self._idle):
            if made == settings:
                return self._idle.pop(place)[1]
        app = create_app(settings)
        app.extensions["downtime"].redis.close()
        return app
