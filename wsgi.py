"""What a WSGI server runs: `gunicorn wsgi:app`."""

import gc

from application import create_app
from config import logging
from config.settings import load
from server import reporting
from tasks.worker.signing import require_key_for

logging.configure(load())
load().need("database_url", "redis_url", "jwt_private_key")
# What a user asks for must not fail only then.
require_key_for("checks.test_run")
app = create_app(load())
reporting.start(app)
# What is there now stays. A collection in the middle of a request would scan all of it again.
gc.collect()
gc.freeze()
# A page makes tens of thousands of objects and few cycles, so that 700, which is usual, would start a
# hundred collections during each.
gc.set_threshold(10_000)
