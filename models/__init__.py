"""Tables, one noun per file. Importing this package registers all of them."""

from models.base import Base
from models.check_result import CheckFailure, CheckResult
from models.contact import Channel, Contact
from models.contact_group import ContactGroup, ContactGroupMember, MonitorContactGroup
from models.delivery import Delivery
from models.dispatch_shard import DispatchShard
from models.incident import Incident
from models.monitor import Monitor
from models.monitor_state import MonitorState
from models.organization import Membership, Organization
from models.recheck import Recheck
from models.region import Region
from models.schedule import Schedule
from models.user import RefreshToken, User

__all__ = [
    "Base",
    "Channel",
    "CheckFailure",
    "CheckResult",
    "Contact",
    "ContactGroup",
    "ContactGroupMember",
    "Delivery",
    "DispatchShard",
    "Incident",
    "Membership",
    "Monitor",
    "MonitorContactGroup",
    "MonitorState",
    "Organization",
    "Recheck",
    "RefreshToken",
    "Region",
    "Schedule",
    "User",
]
