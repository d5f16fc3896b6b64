"""The tables: names, columns, keys and indexes of everything the archive remembers, for SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.said import kept, of_kept

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MAX_KEY_BYTES = 2000  # of an indexed text: a PostgreSQL index entry holds some 2,700 bytes at most


class Moment(TypeDecorator[datetime]):
    """An aware date-time in UTC: microseconds since 1970 on SQLite (sorts, exact), timestamptz on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: every date-time here is aware")
        return micros(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return EPOCH + timedelta(microseconds=value) if dialect.name == "sqlite" else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from anywhere: what a database can't hold (NUL, lone surrogates) becomes U+FFFD, the rest stays."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(str(value))


class Sentence(Words):
    """Words that may be a sentence (storage.said): kept with what it was made of, so that it can be translated."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return super().process_bind_param(None if value is None else kept(value), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else of_kept(value)


def micros(value: datetime) -> int:
    """Microseconds since 1970, exactly (``timestamp()`` would round)."""
    return (value - EPOCH) // timedelta(microseconds=1)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced, for PostgreSQL refuses the one and SQLite the other."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def fits_index(text: str) -> bool:
    """Whether the text can be an index entry on both databases; longer addresses are nobody's page."""
    return len(text) <= MAX_KEY_BYTES and (text.isascii() or len(storable(text).encode()) <= MAX_KEY_BYTES)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts by itself only in an INTEGER PRIMARY KEY


def _words(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Words(), nullable=null)


def _sentence(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Sentence(), nullable=null)


def _moment(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Moment(), nullable=null)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True)


def _ref(name: str, target: str, *, null: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(target), nullable=null)


def _site() -> Column[str]:
    return Column("site", Words(), ForeignKey("sites.key"), nullable=False)


sites = Table(
    "sites",
    metadata,
    Column("key", Words(), primary_key=True),
    _moment("baseline_at", null=True),  # when the first whole crawl was done; null before
    _words("learnt", null=True),  # JSON: what the crawls have taught about the site (template statistics, rates)
    _words("chain", null=True),  # hash of the site's last capture: see captures.chain
)

pages = Table(
    "pages",
    metadata,
    _id(),
    _site(),
    _words("url"),
    _words("address"),
    _words("group"),
    _words("kind"),
    _words("state"),
    _words("section", null=True),
    Column("priority", Integer, nullable=False),
    Column("depth", Integer, nullable=False),
    _moment("found_at"),
    _words("found_on", null=True),
    Column("baseline", Boolean, nullable=False),
    _ref("alias_of", "pages.id", null=True),
    _ref("twin_of", "pages.id", null=True),
    _words("node", null=True),
    _words("etag", null=True),
    _words("last_modified", null=True),
    _words("body_digest", null=True),
    _words("region_digest", null=True),
    Column("version", Integer, nullable=True),
    _words("title", null=True),
    _words("language", null=True),
    _moment("last_seen", null=True),
    _moment("missing_since", null=True),
    _moment("next_visit", null=True),
    _moment("unconditional_at", null=True),
    _moment("lease_until", null=True),  # somebody is visiting it until then; null: nobody
    # the revisit policy's state, as in records.Revisit
    _words("page_class"),
    Column("last_visit", Double, nullable=True),
    Column("a", Double, nullable=False),
    Column("b", Double, nullable=False),
    Column("weight", Double, nullable=False),
    Column("burst_at", Double, nullable=True),
    Column("burst_amplitude", Double, nullable=False),
    Column("burst_tau", Double, nullable=False),
    Column("gone_count", Integer, nullable=False),
    Column("failure_count", Integer, nullable=False),
    # what feeds and sitemaps say of the page: UTC timestamps, as in records.Page
    Column("hint_modified", Double, nullable=True),
    Column("hint_read", Double, nullable=True),
    UniqueConstraint("site", "url"),
    # The frontier. A claim walks the few priorities upwards, each one a range of this index in the order wanted.
    Index("ix_pages_frontier", "site", "priority", "next_visit", "lease_until"),
)

ON_LADDER = pages.c.gone_count + pages.c.failure_count > literal_column("0")  # gone or failing: asked at long intervals
Index("ix_pages_ladder", pages.c.site, pages.c.next_visit, sqlite_where=ON_LADDER, postgresql_where=ON_LADDER)

for _pointer in (pages.c.alias_of, pages.c.twin_of):  # few pages have one
    _pointing = _pointer.is_not(None)
    Index(f"ix_pages_{_pointer.name}", _pointer, sqlite_where=_pointing, postgresql_where=_pointing)

aliases = Table(
    "aliases",
    metadata,
    _id(),
    _site(),
    _words("url"),
    _ref("page_id", "pages.id"),
    _words("how"),
    UniqueConstraint("site", "url"),
    Index(None, "page_id"),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _site(),
    _words("kind"),
    _words("state"),
    _moment("started_at"),
    _moment("finished_at", null=True),
    Column("baseline", Boolean, nullable=False),
    _words("counts"),  # JSON object
    _sentence("error", null=True),
    Index(None, "site", "id"),
)

captures = Table(
    "captures",
    metadata,
    _id(),
    _site(),
    _ref("run_id", "runs.id"),
    _ref("page_id", "pages.id"),
    _words("url"),
    _moment("fetched_at"),
    Column("status", Integer, nullable=True),
    _words("outcome"),
    _sentence("error", null=True),
    _words("media_type", null=True),
    _words("digest", null=True),
    Column("size", BigInteger, nullable=False),
    Column("elapsed_ms", Integer, nullable=False),
    _words("redirect_to", null=True),
    _words("warc_file", null=True),
    Column("warc_offset", BigInteger, nullable=True),
    Column("warc_length", BigInteger, nullable=True),
    _words("chain"),  # sha256 over the site's capture before and this one: rows can't be altered unnoticed
    Index(None, "page_id", "id"),
    Index(None, "site", "id"),
    Index(None, "run_id"),
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _ref("page_id", "pages.id"),
    Column("number", Integer, nullable=False),
    _ref("capture_id", "captures.id", null=True),
    _moment("first_seen"),
    _words("title"),
    _words("language", null=True),
    _words("published", null=True),
    _words("kind"),
    _words("markdown"),
    _words("text"),
    _words("links"),  # JSON list, as are the next two
    _words("images"),
    _words("attachments"),
    _words("extractor"),
    _words("root", null=True),
    _words("canonical", null=True),
    _words("shortlink", null=True),
    _words("translations"),  # JSON list of [language, URL]
    _words("body_class"),
    Column("agreement", Double, nullable=True),
    _words("notice", null=True),
    _words("digest_content"),
    _words("digest_title"),
    _words("digest_text"),
    _words("digest_links"),
    _words("digest_images"),
    _words("digest_numbers"),
    _words("digest_dates"),
    _words("digest_attachments"),
    _words("digest_formatting"),
    _words("extractor_version"),
    _words("profile_version"),
    Column("upgrade", Boolean, nullable=False),
    UniqueConstraint("page_id", "number"),
    Index(None, "digest_text", "digest_title"),  # twins
    Index(None, "capture_id"),
)

attachments = Table(  # which documents a page's latest version links to
    "attachments",
    metadata,
    Column("page_id", Id, ForeignKey("pages.id"), primary_key=True),
    Column("url", Words(), primary_key=True),  # canonical
    Index(None, "url"),
)

changes = Table(
    "changes",
    metadata,
    _id(),
    _site(),
    _ref("page_id", "pages.id"),
    _words("url"),
    _words("kind"),
    _words("title"),
    _words("page_kind"),
    _words("section", null=True),
    _words("language", null=True),
    _moment("last_seen", null=True),
    _moment("first_seen"),
    Column("significance", Double, nullable=False),
    _words("what"),  # ",text,links,": a comma on either side of each, for LIKE
    _sentence("summary"),
    Column("from_version", Integer, nullable=True),
    Column("to_version", Integer, nullable=True),
    _ref("subject_id", "pages.id", null=True),
    _words("subject_url", null=True),
    _words("moved_to", null=True),
    _ref("run_id", "runs.id"),
    _ref("group_id", "changes.id", null=True),
    Column("count", Integer, nullable=False),
    Column("absorbed", Boolean, nullable=False),  # another change of the same run says it better
    _words("key"),  # what makes it the same change when it is recorded again: see rows.change_key
    UniqueConstraint("page_id", "kind", "key"),
    Index(None, "site", "first_seen"),
    Index(None, "first_seen"),
    Index(None, "run_id"),
    Index(None, "group_id"),
)

problems = Table(
    "problems",
    metadata,
    _id(),
    _site(),
    _words("kind"),
    _words("subject"),
    _sentence("evidence"),
    _moment("opened_at"),
    _moment("seen_at"),
    _moment("closed_at", null=True),
)
Index(  # one open problem of a kind and subject; closed ones are history
    "uq_problems_open",
    problems.c.site,
    problems.c.kind,
    problems.c.subject,
    unique=True,
    sqlite_where=problems.c.closed_at.is_(None),
    postgresql_where=problems.c.closed_at.is_(None),
)
