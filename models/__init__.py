"""Tables, one noun per file. Importing this package registers all of them."""

from models.base import Base
from models.channel_pace import ChannelPace
from models.check_result import CheckFailure, CheckResult
from models.contact import Channel, Contact
from models.contact_group import ContactGroup, ContactGroupMember, MonitorContactGroup
from models.credential import Credential, MonitorCredential
from models.data_key import DataKey
from models.delivery import Delivery, DeliveryAttempt
from models.dispatch_shard import DispatchShard
from models.escalation_policy import EscalationPolicy, EscalationStep, EscalationTarget
from models.event_subscription import EventSubscription
from models.expiry import Expiry
from models.heartbeat import Heartbeat
from models.incident import Incident
from models.incident_note import IncidentNote
from models.listening_stretch import ListeningStretch
from models.maintenance_span import MaintenanceSpan
from models.maintenance_window import MaintenanceWindow
from models.message_template import MessageTemplate
from models.monitor import Monitor
from models.monitor_parent import MonitorParent
from models.monitor_region_state import MonitorRegionState
from models.monitor_state import MonitorState
from models.on_call_override import OnCallOverride
from models.on_call_schedule import OnCallLayer, OnCallSchedule, OnCallTurn
from models.organization import Membership, Organization
from models.ping import Ping
from models.recheck import Recheck
from models.region import Region
from models.schedule import Schedule
from models.text_usage import TextUsage
from models.trace import Trace
from models.user import RefreshToken, User

__all__ = [
    "Base",
    "Channel",
    "ChannelPace",
    "CheckFailure",
    "CheckResult",
    "Contact",
    "ContactGroup",
    "ContactGroupMember",
    "Credential",
    "DataKey",
    "Delivery",
    "DeliveryAttempt",
    "DispatchShard",
    "EscalationPolicy",
    "EscalationStep",
    "EscalationTarget",
    "EventSubscription",
    "Expiry",
    "Heartbeat",
    "Incident",
    "IncidentNote",
    "ListeningStretch",
    "MaintenanceSpan",
    "MaintenanceWindow",
    "Membership",
    "MessageTemplate",
    "Monitor",
    "MonitorContactGroup",
    "MonitorCredential",
    "MonitorParent",
    "MonitorRegionState",
    "MonitorState",
    "OnCallLayer",
    "OnCallOverride",
    "OnCallSchedule",
    "OnCallTurn",
    "Organization",
    "Ping",
    "Recheck",
    "RefreshToken",
    "Region",
    "Schedule",
    "TextUsage",
    "Trace",
    "User",
]
