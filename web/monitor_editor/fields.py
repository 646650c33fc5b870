"""The fields of a monitor of any kind, with the bounds that the services give them."""

from dataclasses import replace

from models.monitor import USUAL_FLAP_CHANGES, USUAL_FLAP_WINDOW, Backoff
from services.monitors import bounds
from services.monitors.kinds import SETTINGS
from services.monitors.relations import MOST_CREDENTIALS
from web import words
from web.model_forms import deriving
from web.model_forms.fields import Field, Shape
from web.monitor_editor.kinds import Kind
from web.monitor_editor.options import Choices, Options
from web.monitor_editor.setting_words import WORDS
from web.translations import gettext as _
from web.translations import marked

SETTING = "settings."
"""The beginning of the paths of settings."""
_OF_THE_CONNECTION = frozenset({"verify_tls", "http_version", "ip_version"})
_EXPIRY_DAYS = (30, 14, 7, 3, 1)
_INTERVAL, _TIMEOUT, _RECHECK, _CONFIRMATIONS = 60, 10, 10, 2


def settings(kind: str) -> tuple[Field, ...]:
    """Return the settings of a kind. Those of the connection, which few change, come last."""
    return tuple(
        sorted(
            deriving.fields_of(SETTINGS[kind], kind, WORDS),
            key=lambda field: field.name in _OF_THE_CONNECTION,
        )
    )


def basics(kind: Kind) -> tuple[Field, ...]:
    name = Field(name="name", shape=Shape.TEXT, label=marked("Name"), is_required=True)
    if not kind.has_address:
        return (name, _TAGS)
    url = Field(
        name="url",
        shape=Shape.TEXT,
        label=marked("Address"),
        is_required=True,
        placeholder=kind.example,
        may_lack=True,
    )
    return (name, url, _whole("interval_seconds", marked("Interval"), _INTERVAL), _TAGS)


def project(choices: Choices) -> tuple[Field, ...]:
    """Return the choice of the project, if there is any to choose."""
    if not choices:
        return ()
    return (
        Field(
            name="project_id",
            shape=Shape.SELECT,
            label=marked("Project"),
            hint=marked("Who has a role in the project sees the monitor."),
            choices=tuple(choices),
            has_names=True,
            may_lack=True,
        ),
    )


def judgement(kind: Kind) -> tuple[Field, ...]:
    """Return what makes an outage of failed checks."""
    if not kind.has_address:
        return (*_confirming()[:2], _RECOVERIES)
    return (
        _whole(
            "timeout_seconds",
            marked("Timeout"),
            _TIMEOUT,
            hint=marked("Must be less than the interval."),
        ),
        _whole(
            "latency_threshold_ms",
            marked("Degraded when slower than"),
            None,
            may_lack=True,
            unit="ms",
        ),
        *_confirming(),
        _RECOVERIES,
    )


def notifications(options: Options) -> tuple[Field, ...]:
    return (
        _chosen("contact_group_ids", Shape.SEVERAL, marked("Contact groups"), options.groups),
        Field(
            name="escalation_policy_id",
            shape=Shape.SELECT,
            label=marked("Escalation policy"),
            hint=marked("Each of its steps notifies after its wait."),
            choices=(("", _("None")), *options.policies),
            has_names=True,
            may_lack=True,
        ),
        _whole(
            "reminder_minutes",
            marked("Minutes between reminders"),
            None,
            may_lack=True,
            hint=marked("Empty: as the escalation policy sets."),
        ),
        Field(
            name="alert_on_degraded",
            shape=Shape.CHECK,
            label=marked("Also notify when it is degraded"),
            usual=False,
        ),
        *_FLAPPING,
        _EXPIRY,
    )


def regions(options: Options) -> tuple[Field, ...]:
    return (
        replace(
            _chosen("regions", Shape.SEVERAL, marked("Regions"), options.regions),
            hint=marked("Every check runs from each of them."),
        ),
        _whole(
            "quorum",
            marked("Regions that must see an outage"),
            None,
            may_lack=True,
            hint=marked("Empty: a majority of the regions with a result."),
        ),
    )


def credentials(choices: Choices) -> tuple[Field, ...]:
    return (
        replace(
            _chosen("credential_ids", Shape.RANKED, marked("Credentials"), choices),
            hint=marked("From the outermost to the innermost: put signatures last."),
            most=MOST_CREDENTIALS,
        ),
    )


def parents(choices: Choices) -> tuple[Field, ...]:
    return (
        _chosen(
            "parent_ids",
            Shape.SOUGHT,
            marked("Does not notify while one of these is down"),
            choices,
        ),
    )


PAUSED = Field(
    name="paused",
    shape=Shape.CHECK,
    label=marked("Create it paused"),
    hint=marked("It is not checked until you resume it."),
    usual=False,
)
_TAGS = Field(
    name="tags",
    shape=Shape.LINES,
    label=marked("Tags"),
    hint=marked("One per line."),
    usual=(),
)


def _confirming() -> tuple[Field, ...]:
    return (
        _whole("confirmations", marked("Failures that confirm an outage"), _CONFIRMATIONS),
        _whole(
            "confirmation_window",
            marked("Within this many checks"),
            None,
            may_lack=True,
            hint=marked("Empty: all in a row."),
        ),
        _whole("recheck_seconds", marked("Check again after a failure within"), _RECHECK),
        Field(
            name="recheck_backoff",
            shape=Shape.SELECT,
            label=marked("Wait before further rechecks"),
            choices=tuple(words.backoff.choices()),
            has_names=True,
            usual=Backoff.FIXED.value,
        ),
    )


def _whole(
    name: str,
    label: str,
    usual: int | None,
    *,
    hint: str = "",
    may_lack: bool = False,
    unit: str = "",
) -> Field:
    least, most = bounds.INTEGERS[name]
    return Field(
        name=name,
        shape=Shape.DURATION if name.endswith("_seconds") else Shape.WHOLE,
        label=label,
        hint=hint,
        usual=usual,
        may_lack=may_lack,
        least=least,
        most=most,
        unit=unit,
    )


def _chosen(name: str, shape: Shape, label: str, choices: Choices) -> Field:
    return Field(
        name=name, shape=shape, label=label, choices=tuple(choices), has_names=True, usual=()
    )


_RECOVERIES = _whole("recoveries", marked("Successes that end an outage"), 1)
_FLAPPING = (
    _whole(
        "flap_changes",
        marked("Flapping above this many state changes"),
        USUAL_FLAP_CHANGES,
        may_lack=True,
        hint=marked("Empty: never. A flapping monitor does not notify on every change."),
    ),
    _whole("flap_window_seconds", marked("Flapping window"), USUAL_FLAP_WINDOW),
)
_EXPIRY = Field(
    name="expiry_days",
    shape=Shape.WHOLES,
    label=marked("Notify this many days before an expiry"),
    hint=marked("Of the certificate or the domain. Separate several by commas."),
    usual=_EXPIRY_DAYS,
)
