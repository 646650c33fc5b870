"""Tables, one noun per file. Importing this package registers all of them."""

from models.base import Base
from models.check_result import CheckFailure, CheckResult
from models.contact import Channel, Contact
from models.contact_group import ContactGroup, ContactGroupMember, MonitorContactGroup
from models.credential import Credential, MonitorCredential
from models.data_key import DataKey
from models.delivery import Delivery
from models.dispatch_shard import DispatchShard
from models.heartbeat import Heartbeat
from models.incident import Incident
from models.listening_stretch import ListeningStretch
from models.monitor import Monitor
from models.monitor_state import MonitorState
from models.organization import Membership, Organization
from models.ping import Ping
from models.recheck import Recheck
from models.region import Region
from models.schedule import Schedule
from models.trace import Trace
from models.user import RefreshToken, User

__all__ = [
    "Base",
    "Channel",
    "CheckFailure",
    "CheckResult",
    "Contact",
    "ContactGroup",
    "ContactGroupMember",
    "Credential",
    "DataKey",
    "Delivery",
    "DispatchShard",
    "Heartbeat",
    "Incident",
    "ListeningStretch",
    "Membership",
    "Monitor",
    "MonitorContactGroup",
    "MonitorCredential",
    "MonitorState",
    "Organization",
    "Ping",
    "Recheck",
    "RefreshToken",
    "Region",
    "Schedule",
    "Trace",
    "User",
]
