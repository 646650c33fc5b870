"""Addresses that no probe may reach are refused when they are written."""

from probes.endpoints import host_of
from probes.urls import UrlError
from security.egress.guard import judge_url_host
from server.resources import resources
from services.errors import Invalid


def refuse_unreachable(url: str) -> None:
    """Raise `Invalid` for a URL that no probe may reach. The egress guard checks each check, too.

    A malformed URL passes: its kind reports why it is invalid.
    """
    try:
        host = host_of(url)
    except UrlError:
        return
    try:
        judge_url_host(resources().egress, host)
    except ValueError as error:
        raise Invalid({"url": [str(error)]}) from error
