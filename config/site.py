"""The site profile's model: what a site is, what belongs to it, how its pages are read, how politely it is visited."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from config.cron import cron_trigger, hours
from config.errors import ConfigError, explain, read_toml

BUILT_IN = Path(__file__).parent / "sites"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(value: Any) -> float:
    """Reads a duration: a number of seconds, or text as "90s", "10m", "1h", "2d"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", str(value))
    if not match:
        raise ValueError('give a duration as "90s", "10m", "1h" or "2d"')
    return float(match[1]) * _UNITS[match[2]]


def pattern(value: Any) -> str:
    """Checks a regular expression."""
    try:
        re.compile(str(value))
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return str(value)


def selector(value: Any) -> str:
    """Checks a CSS selector by both engines that will read it: lxml's for texts, lexbor for links."""
    from cssselect import SelectorError
    from selectolax.lexbor import SelectolaxError

    try:
        _read(str(value))
    except (SelectorError, SelectolaxError) as error:
        raise ValueError(f"not a CSS selector: {error}") from error
    return str(value)


@lru_cache(maxsize=1000)  # a profile that others extend is read again with each of them
def _read(css: str) -> None:
    from cssselect import HTMLTranslator
    from selectolax.lexbor import LexborHTMLParser

    HTMLTranslator().css_to_xpath(css)
    LexborHTMLParser("").css(css)


Duration = Annotated[float, BeforeValidator(seconds), Field(ge=0, allow_inf_nan=False)]
Pattern = Annotated[str, BeforeValidator(pattern)]
Selector = Annotated[str, BeforeValidator(selector)]
KindName = Literal["news", "listing", "document", "page", "feed", "other"]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rewrite(Table):
    """A path (and query) that is another address of the same page: re.sub on the canonical form."""

    match: Pattern
    to: str

    @model_validator(mode="after")
    def groups_exist(self) -> "Rewrite":
        try:
            re.sub(self.match, self.to, "")
        except (re.error, IndexError) as error:
            raise ValueError(f'"to" does not fit "match": {error}') from error
        return self


class Budget(Table):
    """At most so many pages whose path and query match."""

    match: Pattern
    pages: int = Field(ge=0)


class Scope(Table):
    """Which addresses are in, and which of them are the same page. Patterns search in path + "?" + query."""

    allow: tuple[Pattern, ...] = ()  # empty: all of the hosts
    deny: tuple[Pattern, ...] = ()
    prefixes: tuple[str, ...] = ()  # language prefixes of paths: "ru", "be", "en"
    default_prefix: str | None = None  # the prefix that folds to none
    drop_query: tuple[str, ...] = ()  # query keys to drop; * and ? as in file names; tracking keys go in any case
    keep_query: tuple[str, ...] | None = None  # when set, only these keys stay
    path_query: str | None = None  # the query key that carries the path: Drupal's "q"
    fold_case: bool = False  # paths differ by case only: the same page
    rewrite: tuple[Rewrite, ...] = ()
    defer: tuple[Pattern, ...] = ()  # likely duplicates: visited after all the rest
    budgets: tuple[Budget, ...] = ()
    max_depth: int = Field(30, ge=1)  # clicks from a seed, a list's further pages not counted; segments of a path too
    max_repeated_segments: int = Field(3, ge=1)  # how often one segment may stand in a path
    max_url_length: int = Field(2000, ge=100)

    @model_validator(mode="after")
    def default_among_prefixes(self) -> "Scope":
        for prefix in self.prefixes:
            if not re.fullmatch(r"[A-Za-z0-9_-]+", prefix) or (self.fold_case and prefix != prefix.lower()):
                raise ValueError(
                    f'prefix "{prefix}" must be one plain path segment, as "be"; lower case with fold_case'
                )
        if self.default_prefix is not None and self.default_prefix not in self.prefixes:
            raise ValueError(f'default_prefix "{self.default_prefix}" is not among prefixes; add it there')
        return self


class When(Table):
    url: Pattern | None = None
    body_class: Pattern | None = None
    css: Selector | None = None

    @model_validator(mode="after")
    def says_something(self) -> "When":
        if not (self.url or self.body_class or self.css):
            raise ValueError("say url, body_class or css: without any it would never match")
        return self


class Kind(Table):
    name: KindName
    when: When


class Section(Table):
    name: str
    title: str | None = None
    match: Pattern  # searched in path + "?" + query of the canonical URL, prefix folded away


class Extract(Table):
    """How a page is read. CSS lists are ordered: the first that matches is taken, and reported."""

    content: tuple[Selector, ...] = ()
    drop: tuple[Selector, ...] = ()  # inside the content
    labels: tuple[Selector, ...] = ()  # CSS of field labels: left out of the text
    title: tuple[Selector, ...] = ("h1",)
    title_suffix: tuple[Pattern, ...] = ()  # cut from the end of <title> where no title selector matches
    date: tuple[str, ...] = ("jsonld", "og", "rdfa", "time", "url")
    attachments: tuple[str, ...] = ()  # endings that make a link a document; empty: the usual ones
    missing_text: tuple[Pattern, ...] = ()  # words in the content that say "not found" in a 200 answer


class Listing(Table):
    row: tuple[Selector, ...] = ()
    link: tuple[Selector, ...] = ()
    date: tuple[Selector, ...] = ()
    next: tuple[Selector, ...] = ()


class Policy(Table):
    """How often and how politely."""

    budget_per_day: int = Field(2000, ge=1)
    min_delay: Duration = 1.0
    concurrency: int = Field(1, ge=1, le=64)
    max_pages: int = Field(20000, ge=1)
    gone_after: Duration = 3600.0
    confirm: bool = True  # gone only after a second look
    conditional: Literal["all", "documents", "none"] = "all"  # where a 304 is worth asking for
    unconditional_after: Duration = 7 * 86400.0  # a 304 is believed for so long
    respect_robots: bool = True
    cookies: bool = False
    schedule: str = "17 */6 * * *"  # cron, in the site's zone, or "every 6h"
    visit: Literal["due", "all"] = "due"  # what a scheduled run looks at: due pages within the budget, or every page
    feeds: Duration = 900.0  # how often what feeds and lists name is looked at; 0: only with the site's runs
    hours: str | None = None  # "08:00-20:00": scheduled runs begin within these hours of the zone; null: at any
    jitter: Duration = 120.0  # a scheduled run begins up to so much later
    reports: tuple[Literal["daily", "weekly"], ...] = ()  # change reports written to HOME/reports by themselves
    reports_language: Literal["en", "ru", "be"] = "en"  # of the reports that are written by themselves
    zone: str = "UTC"

    @field_validator("schedule")
    @classmethod
    def cron_or_interval(cls, value: str) -> str:
        text = value.strip()
        if text.startswith("every "):
            if seconds(text.removeprefix("every ")) < 1:
                raise ValueError("runs can't be less than a second apart")
            return text
        cron_trigger(text, ZoneInfo("UTC"))
        return text

    @field_validator("hours")
    @classmethod
    def from_to(cls, value: str | None) -> str | None:
        return value and hours(value)

    @field_validator("zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        if not _is_zone(value):
            raise ValueError('no such time zone; name one as "Europe/Minsk"')
        return value


class Rhythm(Table):
    section: str
    every: Duration  # at least one new page in so long, else the section is silent


class Health(Table):
    min_root_hit: float = Field(0.8, ge=0, le=1)
    min_agreement: float = Field(0.3, ge=0, le=1)
    rhythm: tuple[Rhythm, ...] = ()


def _check_host(host: str) -> None:
    match = re.fullmatch(r"([^\s/@?#\\:%]+)(?::(\d{1,5}))?", host)
    if not match or not _is_name(match[1]):
        raise ValueError(f'"{host}" must be a name with a port at most, as "mpt.gov.by" or "127.0.0.1:8765"')
    if match[2] and (int(match[2]) in (80, 443) or not 0 < int(match[2]) < 65536):
        raise ValueError(f'"{host}": leave the port out where it is 80 or 443; else give one up to 65535')


def _is_name(name: str) -> bool:
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _is_zone(name: str) -> bool:
    """Whether there is such a time zone. A list of all is not made for that: it takes hundreds of files to be read."""
    if name.split("/")[0] in ("posix", "right", "posixrules"):  # other forms of the same, which the list leaves out
        return False
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _check_seed(seed: str, hosts: Iterable[str]) -> None:
    parts = urlsplit(seed)
    plain = not re.search(r"[\x00-\x20\x7f-\x9f\\]", seed)
    if not plain or parts.scheme not in ("http", "https") or parts.netloc.lower() not in hosts:
        raise ValueError(f"seed {seed!r} is not an http(s) address on one of the hosts {', '.join(hosts)}")


class Site(Table):
    """One watched site. ``hosts[0]`` is the canonical host; ``host:port`` where the port is not the scheme's."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    title: str = ""
    extends: str | None = None
    hosts: tuple[str, ...] = Field(min_length=1)
    seeds: tuple[str, ...] = Field(min_length=1)
    languages: tuple[str, ...] = ()
    scope: Scope = Scope()
    kinds: tuple[Kind, ...] = ()
    sections: tuple[Section, ...] = ()
    extract: Extract = Extract()
    listing: Listing = Listing()
    policy: Policy = Policy()
    health: Health = Health()

    @field_validator("hosts")
    @classmethod
    def plain_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            _check_host(host)
        return tuple(host.lower() for host in value)

    @model_validator(mode="after")
    def seeds_on_hosts(self) -> "Site":
        for seed in self.seeds:
            _check_seed(seed, self.hosts)
        return self

    @model_validator(mode="after")
    def rhythm_of_sections(self) -> "Site":
        names = [section.name for section in self.sections]
        for rhythm in self.health.rhythm:
            if rhythm.section not in names:
                raise ValueError(f'health.rhythm: there is no section "{rhythm.section}"; name one of {names}')
        return self

    @property
    def scheme(self) -> str:
        """The scheme of canonical URLs: that of the first seed on the canonical host."""
        return urlsplit(
            next((s for s in self.seeds if urlsplit(s).netloc.lower() == self.hosts[0]), self.seeds[0])
        ).scheme

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.policy.zone)


def load_site(path: Path) -> Site:
    """Reads one profile, following ``extends``. Raises ConfigError naming file, line and key."""
    tables, sources = _merged(path, seen=())
    try:
        return Site.model_validate(tables)
    except ValidationError as error:
        raise explain(error, sources=sources) from error


def _merged(path: Path, *, seen: tuple[Path, ...]) -> tuple[dict[str, Any], list[tuple[Path | str, str]]]:
    """A profile's tables over those it extends, and the files they are from, the nearest first."""
    if path.resolve() in seen:
        raise ConfigError(f"{path}: extends: goes round in a circle; let one of the profiles stand alone")
    tables, text = read_toml(path)
    base = tables.get("extends")
    if base is None:
        return tables, [(path, text)]
    base_tables, sources = _merged(_find(str(base), beside=path), seen=(*seen, path.resolve()))
    return overlay(base_tables, tables), [(path, text), *sources]


def _find(key: str, *, beside: Path) -> Path:
    for candidate in (beside.parent / f"{key}.toml", BUILT_IN / f"{key}.toml"):
        if candidate.is_file() and candidate.resolve() != beside.resolve():
            return candidate
    raise ConfigError(f'{beside}: extends: there is no profile "{key}" beside it or built in; see "letapis sites list"')


def overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lays one profile's tables over another's: tables merge key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = overlay(merged[key], value) if both else value
    return merged


def without_profile(host: str, url: str) -> Site:
    """A site of which nothing is known but its host: read by the general extractor."""
    key = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:40] or "site"
    return Site(key=key, hosts=(host,), seeds=(url,))


def load_sites(*folders: Path) -> dict[str, Site]:
    """All profiles of the folders by key; a later folder's profile replaces an earlier one's of the same key."""
    sites: dict[str, Site] = {}
    for folder in folders:
        sites |= _load_folder(folder)
    return sites


def _load_folder(folder: Path) -> dict[str, Site]:
    found: dict[str, tuple[Path, Site]] = {}
    for path in sorted(folder.glob("*.toml")):
        site = load_site(path)
        if site.key in found:
            raise ConfigError(f'{path}: key: "{site.key}" is taken by {found[site.key][0].name}; give it another one')
        found[site.key] = path, site
    return {key: site for key, (_, site) in found.items()}
