"""The text index of all versions, and indexes for the review screens."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The types as they were when this revision was written: what storage.tables becomes later must not change it.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Contentless: stems and their places only, the texts stand in the versions. Ids are the pages' and versions' in one.
_SQLITE = "CREATE VIRTUAL TABLE stems USING fts5(title, body, content='', tokenize='unicode61 remove_diacritics 0')"
_POSTGRESQL = (
    "CREATE TABLE stems (rowid bigint CONSTRAINT pk_stems PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX ix_stems_words ON stems USING gin (words) WITH (fastupdate = off)",
)

_INDEXES = (
    ("ix_versions_interval", "versions", ["page_id", "number", "first_seen"]),
    (
        "ix_changes_queue",
        "changes",
        ["first_seen", "id", "significance", "site", "section", "kind", "language", "what", "group_id", "absorbed",
         "page_id", "subject_id", "from_version", "to_version"],
    ),
    ("ix_changes_page", "changes", ["page_id", "first_seen"]),
    ("ix_audit_actor", "audit", ["actor", "id"]),
    ("ix_pages_group", "pages", ["site", "group"]),
    ("ix_pages_state", "pages", ["site", "state"]),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("stemmer", sa.Text(), nullable=False),
        sa.Column("upto", Id, nullable=False),
        sa.PrimaryKeyConstraint("stemmer", name=op.f("pk_marks")),
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (_SQLITE,) if sqlite else _POSTGRESQL:
        op.execute(statement)
