"""The settings of every process, read once from the environment, typed and frozen.

Each setting `x` is the variable `DOWNTIME_X`, except three with common names: `DATABASE_URL`,
`REDIS_URL` and `SMTP_URL`. `<VARIABLE>_FILE` names a file with the value instead, which is how
container platforms pass secrets.
"""

import os
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config import archive_address
from config import plans as plan_texts
from config.limits import UNLIMITED, USUAL
from config.plans import Plans

Network = IPv4Network | IPv6Network
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,253}$")]
RateLimit = Annotated[int, Field(ge=1, le=6000)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Limit = Annotated[int, Field(ge=0, le=UNLIMITED)]

_RATE_LIMITS = {"email": 30, "sms": 6, "voice": 3, "webhook": 60, "other": 20}


class Settings(BaseSettings):
    """The settings of the operator. `docs/reference/settings.md` has a row for each."""

    model_config = SettingsConfigDict(
        # A refused value may be a secret.
        env_prefix="DOWNTIME_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    environment: Literal["production", "development"] = "production"
    database_url: SecretStr = Field(default=SecretStr(""), validation_alias="DATABASE_URL")
    redis_url: SecretStr = Field(default=SecretStr(""), validation_alias="REDIS_URL")
    postgres_logins: SecretStr = SecretStr("")

    public_url: str = "http://127.0.0.1:8000"
    live_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9_.:\[\]-]{1,260})?$")
    jwt_private_key: SecretStr = SecretStr("")
    keys: SecretStr = SecretStr("")
    message_keys: SecretStr = SecretStr("")
    metrics_token: SecretStr = SecretStr("")
    flower_url: str = ""
    access_token_seconds: int = Field(default=900, ge=60, le=3600)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    session_days: int = Field(default=90, ge=1, le=365)

    rate_limits: bool = True
    requests_per_minute: int = Field(default=600, ge=1)
    organization_requests_at_once: int = Field(default=5, ge=1, le=1000)
    unauthenticated_requests_at_once: int = Field(default=4, ge=1, le=1000)
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    trusted_hosts: Annotated[tuple[HostName, ...], NoDecode] = ()
    require_if_match: bool = False

    region: str = Field(default="default", pattern=r"^[a-z0-9-]{1,32}$")
    checks_in_flight: int = Field(default=1000, ge=1, le=20_000)
    checks_per_host: int = Field(default=20, ge=1, le=20_000)
    checks_per_address: int = Field(default=50, ge=1, le=20_000)
    organization_share: float = Field(default=0.5, gt=0, le=1)
    slow_share: float = Field(default=0.5, gt=0, le=1)
    reference_targets: Annotated[tuple[str, ...], NoDecode] = ()
    queue_limit: int = Field(default=20_000, ge=100)
    check_retention_days: int = Field(default=400, ge=2)
    hot_days: int = Field(default=7, ge=2, le=400)
    archive_url: str = ""
    archive_options: SecretStr = SecretStr("")

    certificate_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    client_certificate_header: str = Field(default="", pattern=r"^[A-Za-z0-9-]{0,64}$")

    egress_policy: Literal["public", "allowlist", "any"] = "public"
    egress_allow: Annotated[tuple[Network, ...], NoDecode] = ()

    smtp_url: SecretStr = Field(
        default=SecretStr("smtp://127.0.0.1:25"), validation_alias="SMTP_URL"
    )
    operator_email: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    operators: Annotated[tuple[str, ...], NoDecode] = ()
    watchdog_url: SecretStr = SecretStr("")
    mail_sender: str = "Downtime Monitor <alerts@localhost.localdomain>"
    sms_gateway: Literal["twilio", "vonage", "http"] = "twilio"
    sms_gateway_url: str = "https://api.twilio.com"
    sms_account: str = ""
    sms_token: SecretStr = SecretStr("")
    sms_sender: str = ""
    sms_http_method: Literal["POST", "GET", "PUT"] = "POST"
    sms_http_headers: SecretStr = SecretStr("")
    sms_http_body: SecretStr = SecretStr("")
    sms_http_success_path: str = ""
    sms_http_success_pattern: str = ""
    voice_gateway_url: str = "https://api.twilio.com"
    voice_account: str = ""
    voice_token: SecretStr = SecretStr("")
    voice_sender: str = ""
    telegram_url: str = "https://api.telegram.org"
    telegram_token: SecretStr = SecretStr("")
    pagerduty_url: str = "https://events.pagerduty.com"

    digest_threshold: int = Field(default=10, ge=1, le=1000)
    messages_per_minute: Annotated[dict[str, RateLimit], NoDecode] = Field(default=_RATE_LIMITS)
    texts_per_day: int | None = Field(default=1000, ge=0)
    text_countries: Annotated[tuple[Country, ...], NoDecode] = ()
    limits: Annotated[dict[str, Limit], NoDecode] = Field(default={})
    plans: Annotated[Plans, NoDecode] = Plans()

    billing: Literal["none", "stripe"] = "none"
    stripe_key: SecretStr = SecretStr("")
    stripe_webhook_secrets: SecretStr = SecretStr("")
    stripe_url: str = Field(default="https://api.stripe.com", pattern=r"^https?://[^\s/]+$")

    var_dir: Path = Path("var")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    def need(self, *names: str) -> None:
        """Raise `ValueError` with the missing variables unless all these settings have a value.

        No process receives more secrets than it uses, so each one states what it requires.
        """
        missing = [_variable(name) for name in names if not getattr(self, name).get_secret_value()]
        if missing:
            raise ValueError(
                f"{' and '.join(missing)} must be set: see docs/reference/settings.md."
            )

    @field_validator(
        "egress_allow",
        "reference_targets",
        "certificate_proxies",
        "text_countries",
        "trusted_hosts",
        "operators",
        mode="before",
    )
    @classmethod
    def _split_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("watchdog_url")
    @classmethod
    def _check_url(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("https://", "http://")) and url:
            raise ValueError("It must begin with https:// or http://.")
        return url

    @field_validator("archive_url")
    @classmethod
    def _check_archive_url(cls, url: str) -> str:
        problem = archive_address.problem(url)
        if problem is not None:
            raise ValueError(problem)
        return url

    @field_validator("messages_per_minute", mode="before")
    @classmethod
    def _split_rate_limits(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return {**_RATE_LIMITS, **_numbers(value, such_as="email=30,sms=6")}

    @field_validator("limits", mode="before")
    @classmethod
    def _split_limits(cls, value: object) -> object:
        limits = _numbers(value, such_as="monitors=1000") if isinstance(value, str) else value
        if isinstance(limits, dict) and (unknown := limits.keys() - USUAL.keys()):
            raise ValueError(f"There is no limit {', '.join(sorted(unknown))}.")
        return limits

    @field_validator("texts_per_day", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("plans", mode="before")
    @classmethod
    def _read_plans(cls, value: object) -> object:
        return plan_texts.parse(value) if isinstance(value, str) else value

    @property
    def usual_limits(self) -> Mapping[str, int]:
        """The limits of an organization that its plan does not name."""
        return {"archive_days": self.check_retention_days, **self.limits}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the name is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the name is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FileEnvSource(settings_cls)


def _numbers(text: str, *, such_as: str) -> dict[str, str]:
    """Parse `name=number,name=number`."""
    parts = filter(None, text.replace(" ", "").split(","))
    pairs = [part.partition("=") for part in parts]
    if not all(sign for _, sign, _ in pairs):
        raise ValueError(f"It must be such as `{such_as}`.")
    return {name: number for name, _, number in pairs}


def _variable(name: str) -> str:
    return str(Settings.model_fields[name].validation_alias or f"DOWNTIME_{name}".upper())


class _FileEnvSource(EnvSettingsSource):
    """Reads `<VARIABLE>_FILE`; a named file that cannot be read prevents the start."""

    def _load_env_vars(self) -> dict[str, str | None]:
        named = {key: value for key, value in os.environ.items() if key.endswith("_FILE")}  # noqa: TID251 - the one place
        wanted = self._wanted()
        return {
            key: Path(path).read_text().strip()
            for name, path in named.items()
            if (key := name.removesuffix("_FILE").lower()) in wanted
        }

    def _wanted(self) -> set[str]:
        return {
            env_name.lower()
            for name, field in self.settings_cls.model_fields.items()
            for _, env_name, _ in self._extract_field_info(field, name)
        }


@cache
def load() -> Settings:
    """Return the settings of this process.

    Raise `pydantic.ValidationError`, which names each bad variable.
    """
    return Settings()
