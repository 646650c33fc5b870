"""Which notifier serves which kind of channel. A new kind is one file and one line here."""

from collections.abc import Callable, Mapping

import structlog

from config.settings import Settings
from notifiers import email, sms
from notifiers.base import Notifier, NotifierError

log = structlog.get_logger(__name__)

NOTIFIERS: Mapping[str, Callable[[Settings], Notifier]] = {
    "email": email.from_settings,
    "sms": sms.from_settings,
}


def make(kind: str, settings: Settings) -> Notifier:
    """Return a notifier for the kind; a temporary `NotifierError` if the operator has to act first."""
    try:
        return NOTIFIERS[kind](settings)
    except KeyError:
        # A newer version knows the kind already: it will be here soon.
        log.error("notifier_unknown", kind=kind)  # noqa: TRY400 - no stack needed
        raise NotifierError("This service cannot send this kind yet.", permanent=False) from None
    except (ValueError, OSError) as error:
        log.error("notifier_not_set_up", kind=kind, reason=str(error))  # noqa: TRY400 - the reason says it
        raise NotifierError("This service is not set up to send this.", permanent=False) from None
