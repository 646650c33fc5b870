"""The whole application: the API for programs, and the pages for people, in one process."""

from flask import Flask

from api import app as api
from api.request.problems import http_problem
from config.settings import Settings
from models.session import api_scope
from server.resources import Transactions
from web.app import add_pages


def create_app(settings: Settings, transaction: Transactions = api_scope) -> Flask:
    """Return the application. It connects to nothing before the first request that requires it."""
    return add_pages(api.create_app(settings, transaction), otherwise=http_problem)
