"""The tables, one noun per file. Importing this package registers all of them."""

from models.account_mail import AccountMail
from models.account_request import AccountRequest
from models.acknowledge_token import AcknowledgeToken
from models.api_key import ApiKey
from models.archive import (
    ArchiveDay,
    ArchiveErasure,
    ArchiveFile,
    ArchiveLate,
    ArchiveManifest,
    ArchiveRetention,
)
from models.audit_entry import AuditEntry, AuditHead
from models.base import Base
from models.billing import BillingAccount
from models.blind_span import BlindSpan
from models.burn_rate import BurnRate
from models.channel_rate_limit import ChannelRateLimit
from models.check_result import CheckFailure, CheckResult
from models.client_assertion import ClientAssertion, RevokedToken
from models.contact import Channel, Contact
from models.contact_group import ContactGroup, ContactGroupMember, MonitorContactGroup
from models.credential import Credential, MonitorCredential
from models.custom_role import CustomRole
from models.data_key import DataKey
from models.delivery import Delivery, DeliveryAttempt
from models.dispatch_shard import DispatchShard
from models.dispatch_stall import DispatchStall
from models.domain import Domain
from models.escalation_policy import EscalationPolicy, EscalationStep, EscalationTarget
from models.event_subscription import EventSubscription
from models.expiry import Expiry
from models.export import Export, ExportChunk, ExportPart
from models.heartbeat import Heartbeat
from models.idempotency_key import IdempotencyKey
from models.idempotency_usage import IdempotencyUsage
from models.incident import Incident
from models.incident_note import IncidentNote
from models.invitation import Invitation
from models.login import Login, LoginDevice
from models.login_failure import LoginFailure
from models.maintenance_span import MaintenanceSpan
from models.maintenance_window import MaintenanceWindow
from models.message_template import MessageTemplate
from models.metering import MeterProgress, MeterReading, SeatChange
from models.monitor import Monitor
from models.monitor_parent import MonitorParent
from models.monitor_region_state import MonitorRegionState
from models.monitor_state import MonitorState
from models.on_call_override import OnCallOverride
from models.on_call_schedule import OnCallLayer, OnCallSchedule, OnCallTurn
from models.operating import FactorReset, Suspension
from models.organization import Membership, Organization
from models.organization_policy import OrganizationPolicy
from models.passkey import Passkey, PasskeyChallenge
from models.ping import Ping
from models.ping_receiver_span import PingReceiverSpan
from models.project import Project, ProjectRole
from models.recheck import Recheck
from models.recipient import Recipient
from models.region import Region
from models.rollup import MonitorDay, MonitorHour, MonitorMonth, RollupDirty, RollupProgress
from models.saved_view import SavedView
from models.schedule import Schedule
from models.second_factor import RecoveryCode, SecondFactor
from models.service_account import ServiceAccount
from models.signing_key import SigningKey
from models.slo import Slo, SloContactGroup
from models.sso import SsoConnection, SsoIdentity, SsoLogin
from models.team import Team, TeamMember
from models.test_run import TestRun
from models.text_day import TextDay, TextDayTotal
from models.text_usage import TextUsage
from models.user import RefreshToken, User
from models.user_session import UserSession

__all__ = [
    "AccountMail",
    "AccountRequest",
    "AcknowledgeToken",
    "ApiKey",
    "ArchiveDay",
    "ArchiveErasure",
    "ArchiveFile",
    "ArchiveLate",
    "ArchiveManifest",
    "ArchiveRetention",
    "AuditEntry",
    "AuditHead",
    "Base",
    "BillingAccount",
    "BlindSpan",
    "BurnRate",
    "Channel",
    "ChannelRateLimit",
    "CheckFailure",
    "CheckResult",
    "ClientAssertion",
    "Contact",
    "ContactGroup",
    "ContactGroupMember",
    "Credential",
    "CustomRole",
    "DataKey",
    "Delivery",
    "DeliveryAttempt",
    "DispatchShard",
    "DispatchStall",
    "Domain",
    "EscalationPolicy",
    "EscalationStep",
    "EscalationTarget",
    "EventSubscription",
    "Expiry",
    "Export",
    "ExportChunk",
    "ExportPart",
    "FactorReset",
    "Heartbeat",
    "IdempotencyKey",
    "IdempotencyUsage",
    "Incident",
    "IncidentNote",
    "Invitation",
    "Login",
    "LoginDevice",
    "LoginFailure",
    "MaintenanceSpan",
    "MaintenanceWindow",
    "Membership",
    "MessageTemplate",
    "MeterProgress",
    "MeterReading",
    "Monitor",
    "MonitorContactGroup",
    "MonitorCredential",
    "MonitorDay",
    "MonitorHour",
    "MonitorMonth",
    "MonitorParent",
    "MonitorRegionState",
    "MonitorState",
    "OnCallLayer",
    "OnCallOverride",
    "OnCallSchedule",
    "OnCallTurn",
    "Organization",
    "OrganizationPolicy",
    "Passkey",
    "PasskeyChallenge",
    "Ping",
    "PingReceiverSpan",
    "Project",
    "ProjectRole",
    "Recheck",
    "Recipient",
    "RecoveryCode",
    "RefreshToken",
    "Region",
    "RevokedToken",
    "RollupDirty",
    "RollupProgress",
    "SavedView",
    "Schedule",
    "SeatChange",
    "SecondFactor",
    "ServiceAccount",
    "SigningKey",
    "Slo",
    "SloContactGroup",
    "SsoConnection",
    "SsoIdentity",
    "SsoLogin",
    "Suspension",
    "Team",
    "TeamMember",
    "TestRun",
    "TextDay",
    "TextDayTotal",
    "TextUsage",
    "User",
    "UserSession",
]
