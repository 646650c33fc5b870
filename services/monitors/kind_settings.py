"""The settings of a kind as a user gives them: validated, and with what they need of credentials."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from probes.kinds.multistep.settings import MultistepSettings
from probes.kinds.multistep.templates import named_origins
from services import secret_fields
from services.credential_origins import CredentialKey
from services.errors import Invalid
from services.monitors.kinds import SETTINGS

_BASIC = "basic"


def read(
    kind: str, settings: Mapping[str, Any], credentials: Iterable[CredentialKey]
) -> dict[str, Any]:
    """Return the settings as they are stored. Raise `Invalid` with the path of each problem.

    `credentials` are those of the monitor: steps may insert the fields of one.
    """
    try:
        found = SETTINGS[kind].model_validate(settings)
    except ValidationError as error:
        raise Invalid(secret_fields.problems(error, "settings")) from error
    if isinstance(found, MultistepSettings) and not any(
        each.scheme == _BASIC for each in credentials
    ):
        _refuse_inserted(found)
    return found.model_dump(mode="json")


def sites(url: str | None, settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the URL of a monitor, and the origins that its steps name.

    The settings need not be valid.
    """
    return named_origins(settings.get("steps")) | {url or ""}


def _refuse_inserted(settings: MultistepSettings) -> None:
    problem = "This monitor has no credential of the scheme basic, whose fields could be inserted."
    problems = {
        f"settings.steps.{index}.body": [problem]
        for index, step in enumerate(settings.steps)
        if step.inserts_credential
    }
    if problems:
        raise Invalid(problems)
