"""The whole timetable of the system on one page: broker, queues, routes, limits, and what beat sends when.

Each unusual value has its reason beside it; docs/development/adr/0002 tells how they were found.
"""

from kombu import Queue

from config.broker import broker_tls, kombu_url
from config.settings import load
from domain.evaluation.slots import SHARDS

_settings = load()
_settings.need("redis_url")

# --- Queues -----------------------------------------------------------------------------------
# One process class per queue: a flood of checks must not hold up an alert.
CHECK_QUEUE = f"q.checks.{_settings.region}"
QUEUES = ("q.dispatch", CHECK_QUEUE, "q.notifications", "q.housekeeping", "q.exports")
task_queues = [Queue(name, routing_key=name) for name in QUEUES]
task_default_queue = "q.housekeeping"
# A misspelt queue is an error, not a queue that nobody reads.
task_create_missing_queues = False
task_routes = {
    "dispatch.*": {"queue": "q.dispatch"},
    "alerting.*": {"queue": "q.dispatch"},
    "heartbeats.*": {"queue": "q.dispatch"},
    "checks.*": {"queue": CHECK_QUEUE},
    "deliveries.*": {"queue": "q.notifications"},
    "accounts.*": {"queue": "q.notifications"},
    "test_runs.*": {"queue": "q.housekeeping"},
    "housekeeping.*": {"queue": "q.housekeeping"},
    # A part takes up to a minute, and many organizations may want some at once.
    "exports.*": {"queue": "q.exports"},
}

TICKS = 2
"""Ticks a second, each for an equal part of the shards. One more would cost more than it spreads: a
dispatcher publishes many thousand checks a second, and most of a small tick is what any tick takes."""

# --- What beat sends --------------------------------------------------------------------------
# Any number of beats may run: each task asks the database what there is to do.
beat_schedule = {
    **{
        f"dispatch {first}": {
            "task": "dispatch.tick",
            "schedule": 1.0,
            "args": (list(range(first, SHARDS, TICKS)),),
        }
        for first in range(TICKS)
    },
    "sweep deliveries": {"task": "deliveries.sweep", "schedule": 10.0},
    # Somebody sits there and waits for the mail.
    "sweep account mails": {"task": "accounts.sweep", "schedule": 2.0},
    "sweep incidents": {"task": "alerting.sweep", "schedule": 2.0},
    "sweep heartbeats": {"task": "heartbeats.sweep", "schedule": 5.0},
    "sweep maintenance windows": {"task": "housekeeping.maintenance_windows", "schedule": 10.0},
    "disable failing subscriptions": {"task": "housekeeping.subscriptions", "schedule": 3600.0},
    "sweep burn rates": {"task": "housekeeping.burn_rates", "schedule": 60.0},
    "sweep expiries": {"task": "housekeeping.expiries", "schedule": 60.0},
    "sweep roll-ups": {"task": "housekeeping.rollups", "schedule": 10.0},
    "sweep traces": {"task": "test_runs.sweep", "schedule": 10.0},
    "forget traces": {"task": "test_runs.forget", "schedule": 3600.0},
    "make partitions": {"task": "housekeeping.partitions", "schedule": 3600.0},
    "archive checks": {"task": "housekeeping.archive", "schedule": 60.0},
    "sweep archive": {"task": "housekeeping.archive_sweep", "schedule": 3600.0},
    "forget deliveries": {"task": "housekeeping.deliveries", "schedule": 3600.0},
    "forget acts": {"task": "housekeeping.audit_log", "schedule": 3600.0},
    "read billing accounts": {"task": "housekeeping.billing", "schedule": 10.0},
    "report usage": {"task": "housekeeping.billing_usage", "schedule": 600.0},
    "sweep plan pauses": {"task": "housekeeping.plan_pauses", "schedule": 60.0},
    "meter usage": {"task": "housekeeping.metering", "schedule": 300.0},
    "forget what is past its retention": {"task": "housekeeping.retention", "schedule": 3600.0},
    "sweep exports": {"task": "exports.sweep", "schedule": 10.0},
    "forget exports": {"task": "exports.forget", "schedule": 600.0},
    "rotate signing keys": {"task": "housekeeping.signing_keys", "schedule": 300.0},
    "erase organizations": {"task": "housekeeping.organizations", "schedule": 60.0},
    "end suspensions": {"task": "housekeeping.suspensions", "schedule": 600.0},
    "check domains": {"task": "housekeeping.domains", "schedule": 60.0},
    "forget tokens": {"task": "housekeeping.tokens", "schedule": 3600.0},
}
# No busy wait, and no file between runs that could be damaged or shared.
beat_scheduler = "tasks.worker.scheduler:TickScheduler"
beat_max_loop_interval = 1

# --- Broker -----------------------------------------------------------------------------------
broker_url = kombu_url(_settings.redis_url.get_secret_value())
# With `rediss://` alone, kombu would believe any certificate.
broker_use_ssl = broker_tls(_settings.redis_url.get_secret_value())
broker_transport_options = {
    # Four times the longest check; a message comes again soon, and a repeat is harmless.
    "visibility_timeout": 120,
    # The defaults look for abandoned messages every 100 s only.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 2000,
    # A worker killed while it restores must not stop the others for five minutes.
    "unacked_mutex_expire": 20,
    # A half-open connection is noticed within 21 s instead of never.
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "max_connections": 50,
    # `retry_on_timeout` stays unset: it replays writes, and switches off batch publishing.
}
broker_connection_retry_on_startup = True
# The default gives up, and ends the worker, after 100 tries.
broker_connection_max_retries = None
# LOADING and READONLY after a restart must not end a worker.
broker_channel_error_retry = True
broker_pool_limit = 10
broker_pool_acquire_timeout = 5

# --- Messages and results ---------------------------------------------------------------------
task_serializer = "json"
accept_content = ["json"]
event_serializer = "json"
enable_utc = True
timezone = "UTC"
# Postgres holds every result; Celery's would cost a write per check and leak.
task_ignore_result = True
# A dispatcher's transaction decides about repeats, so publishing never repeats by itself.
task_publish_retry = False

# --- Acknowledgement --------------------------------------------------------------------------
task_acks_late = True
# On Redis, False would drop a failed message instead of repeating it.
task_acks_on_failure = True
task_acks_on_timeout = True
task_reject_on_worker_lost = True

# --- Workers ----------------------------------------------------------------------------------
worker_prefetch_multiplier = 1
# A fuse: no task here has an ETA, a countdown or a retry.
worker_eta_task_limit = 5000
worker_cancel_long_running_tasks_on_connection_loss = False
worker_hijack_root_logger = False
# Checks and ticks opt out of events one by one, so that Flower cannot switch them on for all. They
# send those of a sample (tasks/worker/task_events.py).
worker_send_task_events = True
task_send_sent_event = False
