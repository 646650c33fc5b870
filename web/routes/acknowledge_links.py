"""The short links that acknowledge, and the keys that are pressed in calls. They need no login.

Mail scanners follow every link, so a GET only asks. Whatever is wrong with a link, the page is the
same. A gateway posts a pressed key, and has to sign it.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from xml.sax.saxutils import escape

from flask import Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from models.session import database_now
from notifiers.one_line import one_line
from notifiers.texts import twilio_signature, voice
from server.limits.unknown_secrets import looking_up_link
from server.resources import resources
from services.alerting import acknowledge_links
from services.alerting.acknowledge_links import AcknowledgePage
from services.errors import NotFound, TooMany
from web.rendering import render
from web.routing import Pages

pages = Pages("acknowledge-links", from_anywhere=True)

Act = Callable[[Session, str, datetime], AcknowledgePage]

_AGREED = "1"
_LONGEST_PERSON = 60


@pages.open_page("/a/<token>")
def ask_acknowledge(token: str) -> Response:
    """Show the incidents to acknowledge, with one button."""
    return _page(token, _find)


@pages.open_page("/a/<token>", method="POST")
def acknowledge(token: str) -> Response:
    """Acknowledge. A second press has no further effect."""
    return _page(token, _accept)


@pages.open_page("/a/<token>/call", method="POST")
def press_key(token: str) -> Response:
    """Acknowledge by a key that was pressed in a call. A repeated request has no further effect.

    Only the gateway may post: without its signature nothing is looked up.
    """
    if not _is_from_gateway(token):
        return Response(status=HTTPStatus.FORBIDDEN)
    is_agreed = request.form.get("Digits") == _AGREED
    try:
        page = _answer(token, _accept if is_agreed else _find)
    except NotFound:
        return _said("This call is too old to acknowledge anything.")
    except (OperationalError, InterfaceError, TooMany):
        return _said("The service is not available now. Nothing was acknowledged.")
    return _said(_outcome(page) if is_agreed else "Nothing was acknowledged.")


def _page(token: str, act: Act) -> Response:
    try:
        page = _answer(token, act)
    except NotFound:
        return render("links/invalid.html", status=HTTPStatus.NOT_FOUND)
    except TooMany:
        return render("links/later.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    except (OperationalError, InterfaceError):
        return render("links/later.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return render(
        "links/acknowledge.html",
        reported=page.reported,
        waiting=len(page.waiting),
        reader=page.actor.name,
        most=acknowledge_links.MOST,
    )


def _answer(token: str, act: Act) -> AcknowledgePage:
    with looking_up_link(token), resources().transaction() as session:
        return act(session, token, database_now(session))


def _find(session: Session, token: str, now: datetime) -> AcknowledgePage:
    return acknowledge_links.find(session, token, now=now)


def _accept(session: Session, token: str, now: datetime) -> AcknowledgePage:
    return acknowledge_links.accept(session, token, now=now)


def _is_from_gateway(token: str) -> bool:
    """Return whether the gateway for calls signed this request for this URL."""
    settings = resources().settings
    return twilio_signature.is_signed(
        request.headers.get(twilio_signature.HEADER, ""),
        f"{settings.public_url.rstrip('/')}/a/{token}/call",
        request.form.items(multi=True),
        token=voice.account_of(settings).token,
    )


def _outcome(page: AcknowledgePage) -> str:
    """Return what is true after the key, in words for the ear."""
    if page.waiting:
        return f"{len(page.waiting)} incidents are still open. Open the link in the message."
    people = dict.fromkeys(
        each.incident.acknowledged_by
        for each in page.reported
        if each.incident.ended_at is None and each.incident.acknowledged_by
    )
    if not people:
        return "There is nothing left to acknowledge. The outage is over."
    if list(people) == [page.actor.name]:
        return "Acknowledged. Reminders and escalation have stopped."
    names = " and ".join(one_line(name)[:_LONGEST_PERSON] for name in people)
    return f"Acknowledged by {names}. Reminders and escalation have stopped."


def _said(words: str) -> Response:
    """Return what the gateway reads out (TwiML)."""
    return Response(f"<Response><Say>{escape(words)}</Say></Response>", mimetype="text/xml")
