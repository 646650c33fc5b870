"""Abuse case 70: no secret and no line break gets into the log, whoever logs."""

import json
import logging
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from config.redaction import MASK, redact, redacted
from config.settings import Settings
from tests.log_lines import logging_as

CANARY = "canary-5f1c9a7e"


def settings(log_format: str) -> Settings:
    needed: dict[str, Any] = {
        "DATABASE_URL": "none",
        "REDIS_URL": "none",
        "jwt_private_key": "none",
        "log_format": log_format,
    }
    return Settings(**needed)


either_format = pytest.mark.parametrize("log_format", ["json", "console"])


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "Proxy-Authorization",
        "cookie",
        "Set-Cookie",
        "X-Api-Key",
        "password",
        "db_passwd",
        "client_secret",
        "access_token",
        "client_assertion",
        "private_key",
        "privatekey",
        "passphrase",
        "X-Signature",
        "session_id",
        "otp",
    ],
)
def test_values_of_secret_keys_are_masked(key: str) -> None:
    assert redact(None, "info", {"event": "x", key: CANARY})[key] == MASK


def test_masks_reach_into_dicts_and_lists() -> None:
    event = {
        "event": "sent",
        "headers": {"Authorization": CANARY, "Accept": "text/html"},
        "hops": [{"password": CANARY}, ("https://ada:" + CANARY + "@shop.test/",)],
    }
    masked = redact(None, "info", event)
    assert CANARY not in repr(masked)
    assert masked["headers"]["Accept"] == "text/html"


def test_what_is_no_secret_stays() -> None:
    event = {
        "event": "beat",
        "monitor_id": 7,
        "late": 0.5,
        "ok": True,
        "why": None,
        "url": "http://a@b",
    }
    assert redact(None, "info", event) == {**event, "url": f"http://{MASK}@b"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"GET https://ada:{CANARY}@shop.test/cart", "shop.test/cart"),
        (f"redis://:{CANARY}@cache:6379/0", "cache:6379/0"),
        (f"https://shop.test/?page=2&api_key={CANARY}&q=1", "page=2"),
        (f"https://shop.test/?access_token={CANARY}#top", "#top"),
        (f"sent Authorization: Bearer {CANARY}\nHost: shop.test", "Host: shop.test"),
        (f"{{'Authorization': 'Basic {CANARY}'}}", "Authorization"),
    ],
)
def test_secrets_inside_of_sentences_are_masked(text: str, kept: str) -> None:
    assert CANARY not in redacted(text)
    assert kept in redacted(text)
    assert MASK in redacted(text)


@pytest.mark.parametrize("part", ["a", "a.", "?", "a://", "&key", "authorization "])
def test_a_very_long_text_is_read_in_one_go(part: str) -> None:
    text = part * 20_000
    assert len(redacted(f"{text} {text}")) >= len(part)


def test_objects_are_masked_as_they_would_be_written() -> None:
    masked = redact(None, "info", {"event": "x", "request": SecretStr(CANARY)})
    assert CANARY not in repr(masked)


@either_format
def test_a_log_line_holds_no_secret(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as(settings(log_format)):
        structlog.get_logger("test").warning(
            "refused", url=f"https://ada:{CANARY}@shop.test/", token=CANARY
        )
        line = capsys.readouterr().err
        assert "refused" in line
        assert CANARY not in line


@either_format
def test_libraries_log_no_secret_either(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_as(settings(log_format)):
        logging.getLogger("library").warning("connecting to redis://:%s@cache/0", CANARY)
        line = capsys.readouterr().err
        assert "connecting" in line
        assert CANARY not in line


@either_format
def test_a_trace_shows_no_local_variable(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_as(settings(log_format)):
        local = CANARY

        def fail() -> None:
            raise ValueError(f"no answer from https://ada:{CANARY}@shop.test/ ({len(local)})")

        try:
            fail()
        except ValueError:
            structlog.get_logger("test").exception("failed")
        text = capsys.readouterr().err
        assert "ValueError" in text
        assert "shop.test" in text
        assert CANARY not in text
        if log_format == "json":
            assert json.loads(text)["event"] == "failed"


def test_a_line_break_in_a_value_makes_no_second_line_for_machines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_as(settings("json")):
        structlog.get_logger("test").warning("x", name='a\n{"event": "forged"}')
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_line_that_cannot_be_written_is_not_written_past_the_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_as(settings("json")):
        logging.getLogger("library").warning("token %d", CANARY)
        text = capsys.readouterr().err
        assert "log_line_failed" in text
        assert "TypeError" in text
        assert CANARY not in text


@pytest.mark.abuse(70)
def test_details_of_libraries_are_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    loud = settings("json").model_copy(update={"log_level": "DEBUG"})
    with logging_as(loud):
        for name in ("urllib3.connectionpool", "botocore.auth", "oauthlib.oauth1"):
            logging.getLogger(name).debug("POST /services/%s", CANARY)
            logging.getLogger(name).info("It is told.")
        structlog.get_logger("tasks.deliveries").debug("our_own_detail")
    said = capfd.readouterr().err
    assert CANARY not in said
    assert said.count("It is told.") == 3
    assert "our_own_detail" in said
