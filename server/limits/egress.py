"""Addresses that no probe may reach are refused when they are written."""

from collections.abc import Mapping
from typing import Any

from probes.endpoints import host_of
from probes.kinds.multistep.templates import origins_of_steps
from probes.urls import UrlError
from security.egress.guard import judge_url_host
from server.resources import resources
from services.errors import Invalid


def refuse_unreachable(url: str) -> None:
    """Raise `Invalid` for a URL that no probe may reach. The egress guard checks each check, too.

    A malformed URL passes: its kind reports why it is invalid.
    """
    if problem := _problem(url):
        raise Invalid({"url": [problem]})


def refuse_unreachable_steps(settings: Mapping[str, Any]) -> None:
    """Raise `Invalid` for the steps of a multistep monitor that no probe may reach."""
    found = {
        f"settings.steps.{index}.url": [problem]
        for index, origin in origins_of_steps(settings.get("steps"))
        if (problem := _problem(origin))
    }
    if found:
        raise Invalid(found)


def _problem(url: str) -> str | None:
    try:
        host = host_of(url)
    except UrlError:
        return None
    try:
        judge_url_host(resources().egress, host)
    except ValueError as error:
        return str(error)
    return None
