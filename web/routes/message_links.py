"""Pages behind the links in messages. They need no login, and change nothing before a button press.

Mail scanners follow every link, so a GET only asks. An unreadable, expired or foreign link gets the
same page.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from flask import Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from models.session import database_now
from security.links import LinkError, Purpose, Subject
from server.resources import resources
from services.accounts import accounts
from services.contacts import opt_in, unsubscriptions
from services.contacts.opt_in import Question
from services.errors import NotFound
from web.rendering import render
from web.routing import Pages

pages = Pages("message-links", from_anywhere=True)

T = TypeVar("T")
Act = Callable[[Session, Subject, datetime], T]

_AGREED = "1"


@pages.open_page("/links/confirm/<token>")
def ask_confirm(token: str) -> Response:
    """Show the opt-in question, with a button."""
    return _answer(Purpose.CONFIRM, token, _peek, _confirm_page)


@pages.open_page("/links/confirm/<token>", method="POST")
def confirm(token: str) -> Response:
    """Record the opt-in of the recipient. A phone posts the pressed key."""
    pressed = request.form.get("Digits")
    show = _confirm_page if pressed is None else _confirm_words
    if pressed not in {None, _AGREED}:
        return _answer(Purpose.CONFIRM, token, _peek, show)
    return _answer(
        Purpose.CONFIRM,
        token,
        lambda session, subject, now: opt_in.accept(session, subject, now=now),
        show,
    )


@pages.open_page("/links/unsubscribe/<token>")
def ask_unsubscribe(token: str) -> Response:
    """Show the question whether to unsubscribe, with a button."""
    return _answer(
        Purpose.UNSUBSCRIBE,
        token,
        lambda session, subject, _: unsubscriptions.find(session, subject),
        _unsubscribe_page,
    )


@pages.open_page("/links/unsubscribe/<token>", method="POST")
def unsubscribe(token: str) -> Response:
    """Unsubscribe the recipient. Mail programs post here by themselves (RFC 8058)."""
    return _answer(
        Purpose.UNSUBSCRIBE,
        token,
        lambda session, subject, now: unsubscriptions.accept(session, subject, now=now),
        _unsubscribe_page,
    )


def _answer(purpose: Purpose, token: str, act: Act[T], show: Callable[[T], Response]) -> Response:
    try:
        with resources().transaction() as session:
            now = database_now(session)
            subject = resources().links.read(purpose, token, now=now)
            accounts.act_for_organization(session, subject.organization_id)
            done = act(session, subject, now)
    except (LinkError, NotFound):
        return render("links/invalid.html", status=HTTPStatus.NOT_FOUND)
    except (OperationalError, InterfaceError):
        return render("links/later.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return show(done)


def _peek(session: Session, subject: Subject, _: datetime) -> Question:
    return opt_in.find(session, subject)


def _confirm_page(question: Question) -> Response:
    return render(
        "links/confirm.html", channel=question.channel, organization=question.organization_name
    )


def _confirm_words(question: Question) -> Response:
    """Return the spoken confirmation (TwiML), in the language of the gateway."""
    agreed = question.channel.confirmed_at is not None
    words = "Thank you. Alerts come to this number." if agreed else "Nothing comes to this number."
    return Response(f"<Response><Say>{words}</Say></Response>", mimetype="text/xml")


def _unsubscribe_page(question: Question) -> Response:
    """Return the page, even for a channel that is disabled for another reason.

    Otherwise a later repair would enable the channel without the recipient's agreement.
    """
    return render(
        "links/unsubscribe.html",
        channel=question.channel,
        organization=question.organization_name,
        is_done=question.channel.disabled_reason == unsubscriptions.REASON,
    )
