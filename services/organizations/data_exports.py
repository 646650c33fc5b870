"""The export of everything that an organization configured and that happened to it."""

from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from services.accounts import accounts
from services.audit import acts
from services.errors import Invalid
from services.organizations import organizations
from services.privacy import exports, files


def make(
    session: Session,
    organization_id: int,
    user_id: int,
    *,
    current_password: str,
    recipient: str | None,
    now: datetime,
) -> IO[bytes]:
    """Return the export as a file. Raise `Invalid` for a wrong password or recipient.

    An organization that requires encryption gets it only for an age recipient.
    """
    accounts.prove(session, user_id, current_password)
    organization = organizations.find(session, organization_id)
    if organization.require_encryption and recipient is None:
        problem = "This organization requires encryption. Enter a public key of age."
        raise Invalid({"recipient": [problem]})
    acts.aim(session, "organization", organization.public_id, organization.name)
    acts.note(session, is_encrypted=recipient is not None)
    return files.written(
        exports.of_organization(session, organization_id),
        {"organization_id": str(organization.public_id), "name": organization.name},
        recipient=recipient,
        now=now,
    )
