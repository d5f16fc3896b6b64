"""Subscriptions in a file: ``[[subscription]]`` tables of TOML, as an operator writes them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import explain, read_toml


class Table(BaseModel):
    """One subscription. Only name and channel are needed; without conditions it asks for every change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="what people call it; no two have the same")
    channel: str = Field(description='"mailto:ADDRESS", "webhook:URL", "@NAME" of channels.toml, or a URL for Apprise')
    sites: tuple[str, ...] = Field((), description="keys of sites")
    sections: tuple[str, ...] = Field((), description="sections of those sites")
    urls: tuple[str, ...] = Field((), description="regular expressions, any of which is found in the address")
    languages: tuple[str, ...] = Field((), description="of the pages")
    kinds: tuple[str, ...] = Field((), description="added, edited, removed, restored, moved")
    what: tuple[str, ...] = Field((), description="text, title, links, images, numbers, dates, attachments, formatting")
    words: tuple[str, ...] = Field((), description='words in any form, "phrases", wildcards*, in what changed')
    min_significance: float = Field(0.0, description="0 to 1")
    changes: bool = Field(True, description="tell of changes")
    problems: bool = Field(False, description="tell of troubles of the monitoring itself")
    digest: str | None = Field(None, description='cron line, as "0 9 * * 1-5"; empty: a message for each change')
    quiet: str | None = Field(None, description='nothing is sent then, as "22:00-07:00"')
    zone: str | None = Field(None, description="of hours and times; empty: the sites' own")
    language: str = Field("en", description="of the messages: en, ru, be")


class File(BaseModel):
    """A whole file of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subscription: tuple[Table, ...] = Field(min_length=1)


def load_subscriptions(path: Path) -> tuple[tuple[Table, ...], str]:
    """The file's tables, and its text. Raises ConfigError naming file, line and key."""
    tables, text = read_toml(path)
    try:
        return File(**tables).subscription, text
    except ValidationError as error:
        raise explain(error, sources=[(path, text)]) from error
