"""The link of an invitation: computed from its row, which holds a hash of it."""

import uuid

from models import Invitation
from security.links import LIFETIME, Links, Purpose, Subject


def make(links: Links, invitation: Invitation, organization_id: uuid.UUID) -> str:
    """Return the address to put into a mail; another one once the invitation was renewed."""
    subject = Subject(organization_id=organization_id, id=invitation.public_id)
    return links.make(Purpose.INVITATION, subject, now=invitation.expires_at - LIFETIME)


def token_of(link: str) -> str:
    """Return what `accept` takes: the last part of the link."""
    return link.rpartition("/")[2]
