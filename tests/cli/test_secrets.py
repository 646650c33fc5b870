"""`downtime secrets`: one run makes all that a deployment needs, and later ones what is missing."""

import hashlib
import ssl
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from cli.main import main
from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys
from security.vault import KeyRing
from services.operations import database_roles
from services.operations.database_rights import RIGHTS

FOLLOWING = {"postgres_logins", "redis_users"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    assert main(["secrets", str(directory)]) == 0
    return directory


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


def test_nobody_else_enters_the_directory_and_no_container_needs_what_is_private(
    made: Path,
) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()}
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {name for name, mode in modes.items() if mode == 0o400} == {"ca_key", "message_master"}
    assert {name for name, mode in modes.items() if mode == 0o644} == {
        "smtp_url",
        "sms_token",
        "stripe_key",
        "stripe_webhook_secrets",
        "watchdog_url",
    }
    assert set(modes.values()) == {0o400, 0o444, 0o644}


def test_what_is_new_is_told_by_name_and_what_is_to_be_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["secrets", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "smtp_url  (fill it in)\n" in said
    assert set(said.replace("  (fill it in)", "").split()) == set(contents(tmp_path)) - FOLLOWING


def test_a_second_run_changes_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(made)
    capsys.readouterr()
    assert main(["secrets", str(made)]) == 0
    after = contents(made)
    assert capsys.readouterr().out == ""
    assert {name for name in before if before[name] != after[name]} <= FOLLOWING


def test_a_password_is_changed_by_taking_its_file_away(made: Path) -> None:
    before = contents(made)
    (made / "redis_url_beat").unlink()
    (made / "postgres_key").unlink()
    assert main(["secrets", str(made)]) == 0
    after = contents(made)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"redis_url_beat", "postgres_key", "postgres_certificate", *FOLLOWING}
    assert digest_of(after["redis_url_beat"]) in after["redis_users"]


def test_a_new_authority_vouches_for_all_servers(made: Path) -> None:
    before = contents(made)
    (made / "ca_certificate").unlink()
    assert main(["secrets", str(made)]) == 0
    after = contents(made)
    changed = {name for name in before if before[name] != after[name]} - FOLLOWING
    servers = ("ca", "postgres", "redis")
    assert changed == {f"{name}_{part}" for name in servers for part in ("certificate", "key")}


def test_a_password_of_an_operators_own_may_have_any_letters(made: Path) -> None:
    (made / "redis_url_api").unlink()
    (made / "redis_url_api").write_text("rediss://api:p%40ss@cache.example/0")
    assert main(["secrets", str(made)]) == 0
    digest = hashlib.sha256(b"p@ss").hexdigest()
    assert f"user api on #{digest} " in (made / "redis_users").read_text()


def digest_of(url: str) -> str:
    return hashlib.sha256(str(urlsplit(url).password).encode()).hexdigest()


def test_each_component_has_a_password_of_its_own_that_the_servers_know_by_a_digest(
    made: Path,
) -> None:
    urls = {name: text for name, text in contents(made).items() if "_url_" in name}
    urls.pop("watchdog_url", None)
    passwords = [urlsplit(text).password or "" for text in urls.values()]
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) >= 20
    for following in FOLLOWING:
        text = (made / following).read_text()
        assert not any(password in text for password in passwords)
    assert set(database_roles.parse((made / "postgres_logins").read_text())) == set(RIGHTS)


def test_addresses_insist_on_the_certificate_of_the_authority(made: Path) -> None:
    for component in RIGHTS:
        url = make_url((made / f"database_url_{component}").read_text())
        assert (url.username, url.host, url.database) == (component, "postgres", "downtime")
        assert url.query == {"sslmode": "verify-full", "sslrootcert": "/run/secrets/ca_certificate"}
    redis = urlsplit((made / "redis_url_flower").read_text())
    assert (redis.scheme, redis.username, redis.hostname) == ("rediss", "flower", "redis")
    assert redis.query == "ssl_ca_certs=/run/secrets/ca_certificate"


def test_servers_elsewhere_are_named_in_addresses_and_certificates(tmp_path: Path) -> None:
    given = ["--postgres", "db.example:6432", "--redis", "10.0.0.7"]
    assert main(["secrets", str(tmp_path), *given]) == 0
    url = make_url((tmp_path / "database_url_api").read_text())
    assert (url.host, url.port) == ("db.example", 6432)
    assert names_in(tmp_path / "postgres_certificate") == {"db.example"}
    assert names_in(tmp_path / "redis_certificate") == {"10.0.0.7"}


def names_in(certificate: Path) -> set[str]:
    decoded = ssl._ssl._test_decode_cert(str(certificate))  # type: ignore[attr-defined] # the standard library has no other reader
    return {name for _, name in decoded["subjectAltName"]}


def test_keys_are_such_that_processes_take_them(made: Path) -> None:
    assert KeyRing.parse((made / "encryption_keys").read_text()).active
    for component, dedup_key in COMPONENTS.items():
        ring = MessageKeys.parse((made / f"message_keys_{component}").read_text())
        assert all(ring.sender(task) for task in dedup_key.sends)
        assert not dedup_key.reads or ring.reads(dedup_key.queue("default"))


@pytest.mark.parametrize(
    ("lost", "kept_elsewhere"),
    [("redis_certificate", "ca_key"), ("message_keys_beat", "message_master")],
)
def test_what_was_put_elsewhere_is_asked_for_when_it_is_needed(
    made: Path, capsys: pytest.CaptureFixture[str], lost: str, kept_elsewhere: str
) -> None:
    away = (made / kept_elsewhere).read_text()
    (made / kept_elsewhere).unlink()
    assert main(["secrets", str(made)]) == 0
    (made / lost).unlink()
    assert main(["secrets", str(made)]) == 1
    assert f"{kept_elsewhere} is needed" in capsys.readouterr().err
    assert not (made / lost).exists()
    (made / kept_elsewhere).write_text(away)
    assert main(["secrets", str(made)]) == 0


def test_an_address_without_a_password_is_named(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / "redis_url_api").unlink()
    (made / "redis_url_api").write_text("rediss://redis")
    assert main(["secrets", str(made)]) == 1
    assert "redis_url_api contains no password" in capsys.readouterr().err


def test_a_place_that_cannot_be_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["secrets", str(tmp_path / "file")]) == 1
    assert "File exists" in capsys.readouterr().err
