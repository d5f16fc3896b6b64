"""The installation's settings: where things are kept, what the network may do, limits. Read once, at the edge."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from config.errors import ConfigError, explain, line_of, read_toml
from config.site import Duration


def _parts(value: Any) -> Any:
    """The environment's way to write a list: "a, b"."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def default_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "letapis"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Part):
    url: str | None = Field(None, description="SQLAlchemy URL; empty: SQLite in the home folder")


class Network(Part):
    allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host:port pairs that may be asked although their address is not public"
    )
    user_agent: str = Field(
        "Letapis/0.1 (+https://letapis.example/about)", description="says who asks; put a way to reach you into it"
    )
    deadline: float = Field(90.0, gt=0, description="seconds for one request, all told")
    connect_timeout: float = Field(20.0, gt=0, description="seconds to connect")
    max_page_bytes: int = Field(32 * 2**20, gt=0, description="bytes of one HTML answer, after decompression too")
    max_document_bytes: int = Field(64 * 2**20, gt=0, description="bytes of one document")

    @field_validator("allow", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return _parts(value)

    @field_validator("allow")
    @classmethod
    def with_port(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            host, _, port = entry.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f'"{entry}" must name host and port, as "127.0.0.1:8765"')
        return value


class Workers(Part):
    count: int = Field(1, ge=1, le=64, description="processes that extract text")
    seconds: float = Field(20.0, gt=0, description="time for one page, then the process is killed")
    memory_mb: int = Field(1024, ge=128, description="address space of one process")


class Warc(Part):
    max_mb: int = Field(512, ge=1, description="size at which a new WARC file is begun")


class Service(Part):
    host: str = Field("127.0.0.1", description="address that the service listens on; loopback unless behind a proxy")
    port: int = Field(8756, ge=0, le=65535, description="port that the service listens on")
    public_url: str = Field("", description="address that people reach it by, for links in messages; empty: the above")
    behind_proxy: bool = Field(False, description="trust X-Forwarded-For and -Proto of a proxy on this machine")
    open_metrics: bool = Field(False, description="/metrics without a token, but from this machine alone")
    open_memento: bool = Field(False, description="stored pages by Memento without a token, from this machine alone")
    sites: Annotated[tuple[str, ...], NoDecode] = Field((), description="keys of the sites it visits; empty: all")
    run_minutes: float = Field(120.0, gt=0, description="a run that takes longer is stopped")
    runs_at_once: int = Field(2, ge=1, le=64, description="sites that are visited at the same time")
    run_memory_mb: int = Field(2048, ge=256, description="address space of one run's process")
    keep_slots_days: int = Field(90, ge=1, description="days that the service's own notes are kept")
    lease: Duration = Field(15.0, ge=2, le=20, description="after so long another service takes over from a dead one")

    @field_validator("sites", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return _parts(value)


class Log(Part):
    format: Literal["text", "json"] = Field("text", description='lines of the log: "text", or "json" for machines')


class Delivery(Part):
    first_retry: Duration = Field(30.0, gt=0, description="until a message that failed is tried again; then twice that")
    longest_retry: Duration = Field(3600.0, gt=0, description="longest wait between two attempts")
    give_up: Duration = Field(3 * 86400.0, gt=0, description="age at which a message that can't be sent is given up")
    hold: Duration = Field(900.0, ge=0, description="longest that a message waits for its run to end")
    per_minute: int = Field(20, ge=1, description="messages a minute to one channel")
    timeout: Duration = Field(30.0, gt=0, description="for one attempt")


class Mail(Part):
    smtp: str = Field("", description='mail server, as "smtp://host:25", "smtps://user@host"; empty: mail is not sent')
    password: str = Field("", repr=False, description="of the mail server's user; better LETAPIS_MAIL_PASSWORD")
    sender: str = Field("letapis@localhost", description="address that mail comes from")
    starttls: bool = Field(True, description="smtp:// servers are asked for TLS; off for a server on this machine")


class Settings(BaseSettings):
    """Environment (``LETAPIS_NETWORK_ALLOW`` is network.allow) over ``letapis.toml`` over the defaults."""

    model_config = SettingsConfigDict(
        env_prefix="LETAPIS_", env_nested_delimiter="_", env_nested_max_split=1, extra="ignore", frozen=True
    )

    home: Path = Field(default_factory=default_home, description="folder of database, WARC files and logs")
    sites: Path | None = Field(None, description="folder of your own site profiles; empty: HOME/sites")
    pace: Path | None = Field(
        None, description="folder in which processes keep their requests to a host apart; empty: HOME/pace"
    )
    database: Database = Database()
    network: Network = Network()
    workers: Workers = Workers()
    warc: Warc = Warc()
    service: Service = Service()
    delivery: Delivery = Delivery()
    mail: Mail = Mail()
    log: Log = Log()

    @field_validator("home", "sites", "pace")
    @classmethod
    def without_tilde(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings  # the file's tables come in as init values: the environment wins

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.home / 'letapis.db'}"

    @property
    def public_url(self) -> str:
        """The service's address in messages and feeds, without a slash at its end."""
        return (self.service.public_url or f"http://{self.service.host}:{self.service.port}").rstrip("/")

    @property
    def warc_folder(self) -> Path:
        return self.home / "warc"

    @property
    def pace_folder(self) -> Path:
        """Where processes keep their requests to a host apart; several homes may share one."""
        return self.pace or self.home / "pace"

    @property
    def sites_folder(self) -> Path:
        return self.sites or self.home / "sites"


def load_settings(path: Path | None = None, *, home: Path | None = None) -> Settings:
    """Reads settings from a file (or ``letapis.toml`` here or in the home folder, if there), then the environment.

    ``home`` given by the command line wins over both. Raises ConfigError naming file, line and key.
    """
    found = path or next((p for p in _usual_places(home) if p.is_file()), None)
    tables, text = read_toml(found) if found else ({}, "")
    try:
        settings = Settings(**_known(tables, found, text))
    except ValidationError as error:
        raise explain(error, sources=[_from_environment(error) or (found or "settings", text)]) from error
    return settings.model_copy(update={"home": home.expanduser()}) if home else settings


def _usual_places(home: Path | None) -> list[Path]:
    folder = home or Path(os.environ.get("LETAPIS_HOME") or default_home())
    return [Path("letapis.toml"), folder.expanduser() / "letapis.toml"]


def _from_environment(error: ValidationError) -> tuple[str, str] | None:
    """The variable that the first complaint is about, if it is set: the environment wins over the file."""
    location = error.errors(include_url=False)[0]["loc"]
    name = "_".join(["LETAPIS", *(str(part).upper() for part in location[:2])])
    return (f"environment variable {name}", "") if name in os.environ else None


def _known(tables: dict[str, Any], path: Path | None, text: str) -> dict[str, Any]:
    """Refuses unknown tables of the file here, since the environment's other LETAPIS_ names must not be refused."""
    unknown = next((key for key in tables if key not in Settings.model_fields), None)
    if unknown:
        known = ", ".join(Settings.model_fields)
        raise ConfigError(f"{path}:{line_of(text, [unknown])}: {unknown}: no such key; the keys are {known}")
    return tables
