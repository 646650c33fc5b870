"""Applications that many tests use: to put one together takes longer than most of these tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from api.app import make_resources
from application import create_app
from config.settings import Settings
from server.resources import Transactions, provide


class Applications:
    """Keeps one for each way it was set, and gives it to one test after the other."""

    def __init__(self) -> None:
        self._made: list[tuple[Settings, Flask]] = []

    @contextmanager
    def serving(self, settings: Settings, transaction: Transactions) -> Iterator[Flask]:
        """Give one that remembers nothing of the test before: all that it keeps is made anew."""
        app = self._with(settings)
        resources = make_resources(settings, transaction)
        provide(app, resources)
        with resources.redis:
            yield app

    def _with(self, settings: Settings) -> Flask:
        for made, app in self._made:
            if made == settings:
                return app
        app = create_app(settings)
        app.extensions["downtime"].redis.close()
        self._made.append((settings, app))
        return app
