"""What is in the mails about accounts: the letters that wait, and the tokens of their links."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from domain.alerting.account_event import AccountEvent, AccountMailContent
from models import Invitation, Organization
from services.accounts import mail_content
from services.accounts import mails as account_mails


def invitation_token(app: Flask, invitation_id: str) -> str:
    """Return what is mailed to who is invited, and answered to nobody."""
    resources = app.extensions["downtime"]
    with resources.transaction() as session:
        row = session.execute(
            select(Invitation, Organization.public_id)
            .join(Organization, Organization.id == Invitation.organization_id)
            .where(Invitation.public_id == invitation_id)
        ).one()
    return mail_content.invitation_token(
        mail_content.invitation_link(resources.links, row.Invitation, row.public_id)
    )


def letters(app: Flask) -> list[AccountMailContent]:
    """Take all mails that wait, as who sends them does."""
    resources = app.extensions["downtime"]
    taken = []
    with resources.transaction() as session:
        now = datetime.now(UTC)
        while claimed := account_mails.claim(session, links=resources.links, now=now):
            account_mails.mark_sent(session, claimed, now=now)
            taken.append(claimed.content)
    return taken


def content(app: Flask, event: AccountEvent) -> AccountMailContent:
    """Take the one mail about something; the others are lost."""
    (found,) = [each for each in letters(app) if each.event is event]
    return found


def token_in(content: AccountMailContent) -> str:
    return content.link.rpartition("/")[2]


def path_in(content: AccountMailContent) -> str:
    return content.link.removeprefix(content.system)
