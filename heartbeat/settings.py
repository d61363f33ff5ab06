"""Settings of the process, read from HEARTBEAT_* environment variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from heartbeat.address import FORMS, basic, bearer, server_of, split_login
from heartbeat.decision_mode import DecisionMode
from heartbeat.environment import Environment, ValueKind, variables_of
from heartbeat.errors import InvalidValueError
from heartbeat.keep_alive import KeepAlive
from heartbeat.setting_values import (
    MIN_TOKEN_LENGTH,
    AgentName,
    BeatDays,
    DatabaseUrl,
    DeliveryDays,
    EventCount,
    FilePath,
    Folders,
    Hosts,
    InboxDays,
    Key,
    ListenHost,
    LogLevel,
    OllamaUrl,
    Origins,
    PageUrl,
    Plugins,
    SecretUrl,
    Token,
)
from heartbeat.text import sentence


class Settings(BaseSettings):
    """The settings of the process; every field has a working default.

    ``Settings()`` reads the environment. Relative paths are relative to the working directory.
    """

    model_config = SettingsConfigDict(env_prefix="HEARTBEAT_", frozen=True, validate_by_name=True)

    allowed: ClassVar[Mapping[str, str]] = {
        "ollama_url": FORMS,
        "ollama_login": "user:password, percent-encoded as in a URL",
        "ollama_api_key": "a key: visible ASCII characters without spaces",
        "plugins": "all, none, or names of installed plug-ins, separated by commas",
        "database_url": "sqlite:///path/to/file.db, without options; never in memory",
        "agent_name": "1 to 40 letters, digits, _ or -; not owner, who gives the orders",
        "durability": "exit, sync or async",
        "checkpoints_kept": "a whole number from 1 to 10000",
        "beats_kept": "a whole number from 0 (all) to 1000000",
        "beats_kept_days": "0 (for ever), or a whole number from 2 to 36500",
        "deliveries_kept": "a whole number from 0 (all) to 1000000",
        "deliveries_kept_days": "0 (for ever), or a whole number from 31 to 36500",
        "inbox_kept_days": "0 (for ever), or a whole number from 8 to 36500",
        "events_kept": "0 (all), or a whole number from 1000 to 10000000",
        "model": "the name of a model, without spaces",
        "reader_model": "the name of a model, without spaces",
        "model_timeout": "1 to 3600 seconds",
        "keep_alive": "a span such as 30m, 24h or 1h30m, -1 (for ever) or 0 (not at all)",
        "decision": "plan (which took the place of triage) or whole",
        "triage": "true or false; HEARTBEAT_DECISION=plan or whole takes its place",
        "max_judgements": "a whole number from 1 to 500",
        "make_up_seconds": "60 to 86400 seconds",
        "lease_seconds": "3 to 3600 seconds",
        "concurrency": "a whole number from 1 to 256",
        "poll_seconds": "0.1 to 10 seconds",
        "beat_timeout": "10 to 86400 seconds",
        "drain_seconds": "0 to 600 seconds",
        "host": "an address to listen on, such as 127.0.0.1, ::1 or 0.0.0.0; the port is HEARTBEAT_PORT",
        "port": "a whole number from 0 (any free one) to 65535",
        "allowed_hosts": "names of hosts such as hb.example.org, without * or a path, separated by commas",
        "cors_origins": "origins such as https://example.org, without * or a path, separated by commas",
        "enabled": "true or false",
        "home": "a path",
        "instructions": "a path",
        "prompts": "a path",
        "connections": "the path of a file",
        "folders": "paths of folders, separated by commas",
        "checkpoints": "the path of a file, never in memory",
        "api_token": f"at least {MIN_TOKEN_LENGTH} printable characters; make one with: openssl rand -hex 32",
        "notify": "Apprise URLs, separated by commas or spaces",
        "webhook_url": "http://... or https://...",
        "public_url": "http://... or https://..., without a login, ? or #",
        "webhook_secret": "whsec_ and the base64 of 24 to 64 bytes: echo whsec_$(openssl rand -base64 32)",
        "log_format": "text or json",
        "log_level": "DEBUG, INFO, WARNING or ERROR",
    }

    home: FilePath = Field(Path(".heartbeat"), description="Folder of the databases.")
    instructions: Path = Field(Path("HEARTBEAT.md"), description="The HEARTBEAT.md of the workspace.")
    prompts: Path | None = Field(
        None, description="Folder of the workspace's own prompt templates; default HOME/prompts."
    )
    connections: Path | None = Field(
        None, description="File of connections; default connections.toml beside HEARTBEAT.md."
    )
    folders: Folders = Field(
        (),
        description="Folders outside the workspace that may be connected without connections.toml.",
    )
    plugins: Plugins = Field(
        "all", description="Plug-ins to load: all that are installed, none, or those named."
    )
    database_url: DatabaseUrl = Field("", description="Domain database; default sqlite:///HOME/heartbeat.db.")
    checkpoints: FilePath | None = Field(None, description="Checkpoint file; default HOME/checkpoints.db.")
    durability: Literal["exit", "sync", "async"] = Field(
        "exit", description="exit: one checkpoint per beat; sync: every step, for time travel."
    )
    checkpoints_kept: int = Field(
        20, ge=1, le=10_000, description="Runs of each thread whose checkpoints are kept."
    )
    beats_kept: int = Field(
        1_000, ge=0, le=1_000_000, description="Last beats of each thread that are kept however old; 0: all."
    )
    beats_kept_days: BeatDays = Field(
        90,
        description="Days for which beats are kept; older ones beyond BEATS_KEPT are deleted. 0: for ever.",
    )
    deliveries_kept: int = Field(
        1_000, ge=0, le=1_000_000, description="Last deliveries that are kept however old; 0: all."
    )
    deliveries_kept_days: DeliveryDays = Field(
        90,
        description="Days for which deliveries that have ended are kept; older ones beyond DELIVERIES_KEPT are "
        "deleted. 0: for ever.",
    )
    inbox_kept_days: InboxDays = Field(
        90, description="Days for which the texts of items in the inbox are kept; 0: for ever."
    )
    events_kept: EventCount = Field(
        50_000, description="Last events that are kept, for clients that reconnect; 0: all."
    )
    ollama_url: OllamaUrl = Field(
        "http://127.0.0.1:11434",
        validation_alias=AliasChoices("HEARTBEAT_OLLAMA_URL", "OLLAMA_HOST"),
        description="Address of the Ollama server.",
    )
    ollama_login: Key | None = Field(
        None,
        description="User and password of the Ollama server; taken from its address if given there.",
    )
    ollama_api_key: Key | None = Field(
        None,
        validation_alias=AliasChoices("HEARTBEAT_OLLAMA_API_KEY", "OLLAMA_API_KEY"),
        description="API key of the Ollama server, sent as a bearer token.",
    )
    model: str = Field(
        "llama3.2:latest",
        pattern=r"^\S+$",
        validation_alias=AliasChoices("HEARTBEAT_MODEL", "CRT_OLLAMA_MODEL"),
        description="Model of threads whose config does not name one.",
    )
    reader_model: str | None = Field(
        None,
        pattern=r"^\S+$",
        description="Model that reads HEARTBEAT.md and the threads' own texts, for all threads; default MODEL.",
    )
    model_timeout: float = Field(
        120, ge=1, le=3600, description="Total seconds one model call may take, connecting included."
    )
    keep_alive: KeepAlive = Field(
        "1h",
        description="How long the Ollama server keeps a model loaded after a call; -1: for ever, 0: not at all.",
    )
    decision: DecisionMode | None = Field(
        None,
        description="How beats decide: plan or whole; default plan, or whole if TRIAGE is false.",
    )
    triage: bool = Field(True, description="An older name: false means DECISION=whole; DECISION comes first.")
    max_judgements: int = Field(
        20,
        ge=1,
        le=500,
        description="Items that one beat has the model judge; the others wait for later beats.",
    )
    make_up_seconds: float = Field(
        7_200,
        ge=60,
        le=86_400,
        description="Seconds for which a missed time of day of a line (every day at 9:00) is made up for.",
    )
    agent_name: AgentName = Field(
        "heartbeat",
        # The length is not in the pattern: 40 repetitions of \w, with all letters there are, take 4 MB when compiled.
        pattern=r"^[\w-]+$",
        max_length=40,
        description="Author of the agent's posts; @name mentions it.",
    )
    lease_seconds: float = Field(
        30, ge=3, le=3600, description="Seconds until a claim on a beat expires without renewal."
    )
    concurrency: int = Field(4, ge=1, le=256, description="Scheduled beats that one process runs at once.")
    poll_seconds: float = Field(
        5, ge=0.1, le=10, description="Maximum seconds between two checks of the timer."
    )
    beat_timeout: float = Field(
        600, ge=10, le=86_400, description="Total seconds a beat may take before it is failed/deadline."
    )
    drain_seconds: float = Field(
        20, ge=0, le=600, description="Seconds that a stopping process waits for its beats."
    )
    host: ListenHost = Field("127.0.0.1", description="Where the HTTP API listens.")
    port: int = Field(8765, ge=0, le=65_535, description="Port of the HTTP API; 0: any that is free.")
    allowed_hosts: Hosts = Field(
        (),
        description="Host names for which the HTTP API answers, besides loopback and HOST; "
        "any that is not loopback requires API_TOKEN.",
    )
    cors_origins: Origins = Field(
        (), description="Other origins whose pages may call the HTTP API; default none."
    )
    enabled: bool = Field(
        False,
        validation_alias=AliasChoices("HEARTBEAT_ENABLED", "CRT_HEARTBEAT_ENABLED"),
        description="Whether the timer starts where Heartbeat is mounted in another app.",
    )
    api_token: Token | None = Field(None, description="Bearer token; required beyond loopback.")
    notify: SecretStr | None = Field(None, description="Receivers of notices, as Apprise URLs; default none.")
    webhook_url: SecretUrl | None = Field(
        None, description="URL that signed notices are posted to; default none."
    )
    webhook_secret: SecretStr | None = Field(None, description="Secret that signs the webhook's requests.")
    public_url: PageUrl | None = Field(
        None, description="Where you open the panel; what you are told then has a link to its beat."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="text: sentences for people; json: one object per line, for a log collector."
    )
    log_level: LogLevel = Field(
        None, description="Minimum log level; default WARNING, or INFO if LOG_FORMAT is json."
    )

    @property
    def decides_by(self) -> DecisionMode:
        """How beats decide."""
        return self.decision or (DecisionMode.PLAN if self.triage else DecisionMode.WHOLE)

    @property
    def older(self) -> tuple[str, str] | None:
        """What is said of the setting of an earlier version that is in use, and what to do; None without one."""
        if self.triage:
            return None
        mode = self.decides_by
        said = "HEARTBEAT_TRIAGE=false is HEARTBEAT_DECISION=whole now"
        if mode == DecisionMode.WHOLE:
            return sentence(said), "set HEARTBEAT_DECISION=whole, and unset HEARTBEAT_TRIAGE"
        return sentence(f"{said}, but HEARTBEAT_DECISION={mode} comes first"), "unset HEARTBEAT_TRIAGE"

    @property
    def prompts_path(self) -> Path:
        """The folder of the workspace's own prompt templates."""
        return self.prompts or self.home / "prompts"

    @property
    def connections_path(self) -> Path:
        """The file of connections."""
        return self.connections or self.instructions.parent / "connections.toml"

    @property
    def database_path(self) -> Path:
        """The file of the domain database."""
        if self.database_url:
            return Path(self.database_url.removeprefix("sqlite:///"))
        return self.home / "heartbeat.db"

    @property
    def checkpoints_path(self) -> Path:
        """The file of the checkpoints."""
        return self.checkpoints or self.home / "checkpoints.db"

    @property
    def least_log_level(self) -> str:
        """The minimum log level; WARNING for text logs, since `heartbeat serve` prints beats itself."""
        return self.log_level or ("INFO" if self.log_format == "json" else "WARNING")

    def ollama_authorization(self, url: str | None = None) -> str | None:
        """Return the Authorization header for a model server; without a URL, for the configured one.

        A login in the URL takes precedence. Configured credentials are sent only to the configured server.
        """
        bare, login = split_login(url or self.ollama_url)
        if login:
            return basic(login)
        if server_of(bare) != server_of(self.ollama_url):
            return None
        if self.ollama_login:
            return basic(self.ollama_login.get_secret_value())
        return bearer(self.ollama_api_key.get_secret_value()) if self.ollama_api_key else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use constructor arguments, then the environment, and no other source."""
        return init_settings, Environment(settings_cls, _KINDS, cls.allowed)

    @model_validator(mode="before")
    @classmethod
    def _take_login_out(cls, data: Any) -> Any:
        """Move the login out of the address, because the address is shown, logged and stored."""
        if not isinstance(data, dict):
            return data
        name = next((each for each in _ADDRESS if isinstance(data.get(each), str)), None)
        url, login = split_login(data[name]) if name else ("", None)
        return data if login is None else {"ollama_login": login, **data, name: url}


def load_settings(**overrides: Any) -> Settings:
    """Return the settings from the environment and ``overrides``.

    Raises:
        InvalidValueError: a value is not allowed; the message names the variable and the value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise _explain(error) from None


_ADDRESS = ("ollama_url", "HEARTBEAT_OLLAMA_URL", "OLLAMA_HOST")
_SECRETS = frozenset(
    {"api_token", "notify", "webhook_url", "webhook_secret", "ollama_login", "ollama_api_key"}
)
_PATHS = frozenset(
    {"home", "instructions", "prompts", "connections", "folders", "checkpoints", "database_url"}
)
_LISTS = frozenset({"notify", "folders", "plugins", "allowed_hosts", "cors_origins"})
_KINDS = {
    name: ValueKind(path=name in _PATHS, secret=name in _SECRETS, listed=name in _LISTS)
    for name in Settings.model_fields
}


def _without_password(text: str) -> str:
    return re.sub(r"(//|')\S*@", r"\1[secret]@", text)


def _explain(error: ValidationError) -> InvalidValueError:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    field = next(
        each for each, info in Settings.model_fields.items() if name in (each, *variables_of(info, each))
    )
    variable = name if name.isupper() else f"HEARTBEAT_{field.upper()}"
    allowed = Settings.allowed[field]
    value = "(hidden)" if field in _SECRETS else _without_password(f"{first['input']!r:.80}")
    return InvalidValueError(variable, f"{variable}: {value} is not allowed; allowed: {allowed}")
