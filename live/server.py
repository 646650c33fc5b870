"""What gunicorn's ASGI worker runs: `gunicorn --config deploy/live.conf.py live.server:app`."""

from live import logs
from live.application import LiveApplication
from live.sessions import Database
from live.settings import load

_settings = load()
logs.configure(_settings.log_format)
app = LiveApplication(_settings, Database(_settings.database_url).organizations_of)
