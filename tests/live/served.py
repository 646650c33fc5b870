"""The hub as it is served, but less patient with readers: a test need not wait for a minute.

Pages are not renewed without a change, so that a test hears of its own changes alone.
"""

from live import logs
from live.application import LiveApplication, Patience
from live.limits import StreamLimits
from live.sessions import Database
from live.settings import load

_settings = load()
logs.configure(_settings.log_format)
app = LiveApplication(
    _settings,
    Database(_settings.database_url).organizations_of,
    limits=StreamLimits(session=300, organization=300, network=300),
    patience=Patience(check=0.5, proof=5, send=2, renew=3600),
)
