"""The archive keeps the checks of an organization as long as its plan says."""

from sqlalchemy.orm import Session

from services.archive import retention
from services.plans import changes
from services.usage import archive_days
from tests.factories.organizations import organization
from tests.services.outage import NOW


def test_the_archive_hears_of_the_limit_and_of_its_end(session: Session) -> None:
    owner, other = organization(session).id, organization(session).id

    def shown(of: int) -> int:
        archive_days.adjust(session, [owner, other], now=NOW)
        return retention.of(session, of, default_days=400, now=NOW).shown_days

    changes.override(session, owner, {"archive_days": 30}, now=NOW)
    assert (shown(owner), shown(other)) == (30, 400)
    changes.override(session, owner, {"archive_days": 0}, now=NOW)
    assert shown(owner) == 1
    changes.override(session, owner, {"archive_days": None}, now=NOW)
    assert shown(owner) == 400
