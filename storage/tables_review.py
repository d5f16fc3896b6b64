"""The tables of reviewing: decisions, notes, noise rules, saved filters, reports, and the audit log of all of it."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Table, UniqueConstraint

from storage.tables import Id, Moment, Words, metadata

reviews = Table(  # a change without a row is new
    "reviews",
    metadata,
    Column("change_id", Id, ForeignKey("changes.id"), primary_key=True, autoincrement=False),
    Column("state", Words(), nullable=False),
    Column("assignee", Words(), nullable=True),  # a user's name
    Column("significance", Double, nullable=True),  # set by a person; null: the computed one holds
    Column("updated_at", Moment(), nullable=False),
    Column("updated_by", Words(), nullable=False),
    Index(None, "state"),
    Index(None, "assignee"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("change_id", Id, ForeignKey("changes.id"), nullable=False),
    Column("author", Words(), nullable=False),
    Column("at", Moment(), nullable=False),
    Column("text", Words(), nullable=False),
    Index(None, "change_id"),
)

rules = Table(  # changes that are noise, by rule
    "rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site", Words(), nullable=False),
    Column("section", Words(), nullable=True),
    Column("url", Words(), nullable=True),  # regular expression, searched in the URL
    Column("what", Words(), nullable=False),  # JSON list: only changes of nothing but these parts; empty: any
    Column("pattern", Words(), nullable=True),  # regular expression that all changed words of the change match
    Column("reason", Words(), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("created_by", Words(), nullable=False),
)

filters = Table(  # saved filters of the change queue
    "filters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", Words(), nullable=False),
    Column("name", Words(), nullable=False),
    Column("query", Words(), nullable=False),  # as it stands in the address
    Column("created_at", Moment(), nullable=False),
    UniqueConstraint("owner", "name"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", Words(), nullable=False),
    Column("lead", Words(), nullable=False),
    Column("entries", Words(), nullable=False),  # JSON list of {"change", "title", "body", "context"}, in order
    Column("created_at", Moment(), nullable=False),
    Column("created_by", Words(), nullable=False),
    Column("updated_at", Moment(), nullable=False),
)

audit = Table(  # who decided what, when; rows are only added
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment(), nullable=False),
    Column("actor", Words(), nullable=False),
    Column("action", Words(), nullable=False),
    Column("subject", Words(), nullable=False),  # "change 17", "rule 3", "user anna"
    Column("detail", Words(), nullable=False),  # JSON object
    Index(None, "subject", "id"),
    Index(None, "action", "id"),
    Index(None, "at"),
)
