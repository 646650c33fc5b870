"""What a WSGI server runs: `gunicorn wsgi:app`."""

from api.app import create_app
from config import logging
from config.settings import load

logging.configure(load())
app = create_app(load())
