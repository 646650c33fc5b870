"""The hub as it is served, but pages are to fetch themselves all the time."""

from live import logs
from live.application import LiveApplication, Patience
from live.sessions import Database
from live.settings import load

_settings = load()
logs.configure(_settings.log_format)
app = LiveApplication(
    _settings, Database(_settings.database_url).organizations_of, patience=Patience(renew=0.5)
)
