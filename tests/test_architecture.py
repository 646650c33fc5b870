"""The rules that this repository lives by, apart from who may import whom (see `setup.cfg`)."""

import ast
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from celery import Celery

from devstack.roles import ROLES
from tests.conftest import ROOT

PACKAGES = (
    *("api", "cli", "config", "devstack", "domain", "live", "models", "notifiers"),
    *("probes", "security", "server", "services", "tasks", "web"),
)

MOST_FILES = 14
"""In one folder: more have a noun among them that deserves a folder of its own."""

FLAT = {
    "api/routes": "one file per noun of the API",
    "api/schemas": "one file per noun of the API",
    "cli": "one file per command",
    "models": "one file per table",
    "probes/auth": "one file per scheme",
    "probes/kinds": "one file per kind",
    "tasks": "one file per subject of the queues",
    "web/routes": "one file per noun of the app",
}
"""Folders that are lists by nature, each with what a line of the list is."""

MOST_LINES = 300
LONG_FILES = {
    "web/findings/sentences.py": "the list of all sentences of checks",
    "web/refusals/sentences.py": "the list of all sentences of refusals",
    "probes/engine/engine.py": "the loop of the engine and the state that only it touches",
    "services/checks/dispatch.py": "one transaction, read from the claim to the advance of the shard",
    "services/monitors/monitors.py": "all that changes a monitor, in the order of a request",
    "tasks/checks/pipeline.py": "three threads and what they hand to each other",
}
"""Files that are one idea in more lines, each with the idea."""

MOST_LINES_OF_A_FUNCTION = 40
LONG_FUNCTIONS: dict[str, str] = {}

MOST_OF_A_PREFIX = 2
PREFIXES = {
    "models/monitor": "tables are named by the rules of the database",
    "probes/kinds/http": "one kind in four files",
}
"""Where more files share a first word, each with the reason why they are no folder."""


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


@cache
def _source(file: Path) -> str:
    return file.read_text()


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _modules_by_folder() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in _files():
        if file.name != "__init__.py":
            found.setdefault(_name(file.parent), []).append(file.stem)
    return found


def test_a_folder_is_small_enough_to_read_or_says_what_it_lists() -> None:
    large = {name for name, files in _modules_by_folder().items() if len(files) > MOST_FILES}
    assert large == set(FLAT)


def test_files_that_share_a_prefix_are_a_folder() -> None:
    shared = {
        f"{folder}/{word}"
        for folder, files in _modules_by_folder().items()
        for word, count in Counter(each.split("_")[0] for each in files if "_" in each).items()
        if count > MOST_OF_A_PREFIX
    }
    assert shared == set(PREFIXES)


def test_a_file_is_short_or_has_a_reason() -> None:
    long = {_name(file) for file in _files() if _source(file).count("\n") > MOST_LINES}
    assert long == set(LONG_FILES)


def test_a_function_is_short_or_has_a_reason() -> None:
    long = {
        f"{_name(file)}:{node.name}"
        for file in _files()
        for node in ast.walk(ast.parse(_source(file)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


def test_each_module_says_in_its_first_line_what_it_is_for() -> None:
    silent = [
        _name(file)
        for file in _files()
        if _source(file).strip() and not ast.get_docstring(ast.parse(_source(file)))
    ]
    assert silent == []


TESTED_ELSEWHERE = {
    "api": "tests/api, by noun: a test asks for what a caller would",
    "api/pages": "tests/api and tests/browser",
    "api/routes": "tests/api, by noun",
    "api/schemas": "tests/api, by noun",
    "devstack/sinks": "tests/devstack/test_sinks.py",
    "security/webauthn": "tests/api/accounts/test_passkeys.py",
    "server": "tests/api, by noun",
    "server/counting": "tests/api/counting",
    "server/identity": "tests/api/identity",
    "server/limits": "tests/api/limits",
    "server/request": "tests/api/request",
    "server/serving": "tests/api/serving",
    "security/oidc": "tests/api/sso",
    "services/access": "tests/isolation/test_projects.py",
    "services/machines": "tests/api/machines",
    "services/privacy/catalogue": "tests/services/privacy/test_catalogue.py",
    "services/organizations": "tests/api/accounts",
    "services/policies": "tests/api/accounts/test_organization_policy.py",
    "services/projects": "tests/isolation/test_projects.py",
    "services/recipients": "tests/api/recipients",
    "services/sso": "tests/api/sso",
    "services/teams": "tests/isolation/test_projects.py",
    "web/access": "tests/web/routes/access",
    "web/audit": "tests/web/routes/test_audit.py",
    "web/deliveries": "tests/web/routes/test_deliveries.py",
    "web/incidents": "tests/web/routes/test_incidents.py",
    "web/maintenance": "tests/web/routes/test_maintenance.py",
    "web/overview": "tests/web/routes/test_overview.py",
    "web/search": "tests/web/routes/test_search.py",
}
"""Rooms without tests beside them, each with where its tests are."""


def test_each_room_of_the_product_has_tests_beside_it() -> None:
    rooms = {_name(file.parent) for file in _files() if file.name != "__init__.py"}
    without = {room for room in rooms if not list((ROOT / "tests" / room).glob("test_*.py"))}
    assert without == set(TESTED_ELSEWHERE)


def test_nothing_is_called_after_what_has_no_noun() -> None:
    shapeless = {"utils", "util", "helpers", "misc", "common", "manager"}
    found = [_name(file) for file in _files() if file.stem in shapeless]
    assert found == []


def test_every_queue_has_a_worker_and_every_worker_a_queue(celery: Celery) -> None:
    declared = {queue.name for queue in celery.conf.task_queues}
    consumed = {
        words[words.index("-Q") + 1]
        for words in (shlex.split(role.command) for role in ROLES)
        if "-Q" in words
    }
    assert declared == consumed


def test_every_task_has_a_route_and_the_timetable_names_only_tasks(celery: Celery) -> None:
    from tasks.app import import_tasks  # noqa: PLC0415 - the settings exist only now

    import_tasks()
    queues = {queue.name for queue in celery.conf.task_queues}
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    routed = {celery.amqp.router.route({}, name)["queue"].name for name in ours}
    assert routed == queues
    assert {line["task"] for line in celery.conf.beat_schedule.values()} <= ours


@pytest.mark.parametrize(
    "registry", ["probes/registry.py", "probes/auth/registry.py", "notifiers/registry.py"]
)
def test_a_registry_names_each_thing_once(registry: str) -> None:
    imported = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(_source(ROOT / registry)))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert len(imported) == len(set(imported))
