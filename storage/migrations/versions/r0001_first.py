"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The types as they were when this revision was written: what storage.tables becomes later must not change it.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("baseline_at", Moment, nullable=True),
        sa.Column("learnt", sa.Text(), nullable=True),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_sites"),
    )
    op.create_table(
        "pages",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("found_on", sa.Text(), nullable=True),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("alias_of", Id, nullable=True),
        sa.Column("twin_of", Id, nullable=True),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_digest", sa.Text(), nullable=True),
        sa.Column("region_digest", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("last_seen", Moment, nullable=True),
        sa.Column("missing_since", Moment, nullable=True),
        sa.Column("next_visit", Moment, nullable=True),
        sa.Column("unconditional_at", Moment, nullable=True),
        sa.Column("lease_until", Moment, nullable=True),
        sa.Column("page_class", sa.Text(), nullable=False),
        sa.Column("last_visit", sa.Double(), nullable=True),
        sa.Column("a", sa.Double(), nullable=False),
        sa.Column("b", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("burst_at", sa.Double(), nullable=True),
        sa.Column("burst_amplitude", sa.Double(), nullable=False),
        sa.Column("burst_tau", sa.Double(), nullable=False),
        sa.Column("gone_count", sa.Integer(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alias_of"], ["pages.id"], name="fk_pages_alias_of"),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_pages_site"),
        sa.ForeignKeyConstraint(["twin_of"], ["pages.id"], name="fk_pages_twin_of"),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("site", "url", name="uq_pages_site_url"),
    )
    op.create_index(
        "ix_pages_alias_of",
        "pages",
        ["alias_of"],
        unique=False,
        sqlite_where=sa.text("alias_of IS NOT NULL"),
        postgresql_where=sa.text("alias_of IS NOT NULL"),
    )
    op.create_index(
        "ix_pages_twin_of",
        "pages",
        ["twin_of"],
        unique=False,
        sqlite_where=sa.text("twin_of IS NOT NULL"),
        postgresql_where=sa.text("twin_of IS NOT NULL"),
    )
    op.create_index("ix_pages_frontier", "pages", ["site", "priority", "next_visit", "lease_until"], unique=False)
    op.create_table(
        "problems",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("closed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_problems_site"),
        sa.PrimaryKeyConstraint("id", name="pk_problems"),
    )
    op.create_index(
        "uq_problems_open",
        "problems",
        ["site", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("finished_at", Moment, nullable=True),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_runs_site"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_site_id", "runs", ["site", "id"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("page_id", Id, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_aliases_page_id"),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_aliases_site"),
        sa.PrimaryKeyConstraint("id", name="pk_aliases"),
        sa.UniqueConstraint("site", "url", name="uq_aliases_site_url"),
    )
    op.create_index("ix_aliases_page_id", "aliases", ["page_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("page_id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_attachments_page_id"),
        sa.PrimaryKeyConstraint("page_id", "url", name="pk_attachments"),
    )
    op.create_index("ix_attachments_url", "attachments", ["url"], unique=False)
    op.create_table(
        "captures",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("page_id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetched_at", Moment, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False),
        sa.Column("redirect_to", sa.Text(), nullable=True),
        sa.Column("warc_file", sa.Text(), nullable=True),
        sa.Column("warc_offset", sa.BigInteger(), nullable=True),
        sa.Column("warc_length", sa.BigInteger(), nullable=True),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_captures_page_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_captures_run_id"),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_captures_site"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
    )
    op.create_index("ix_captures_page_id_id", "captures", ["page_id", "id"], unique=False)
    op.create_index("ix_captures_run_id", "captures", ["run_id"], unique=False)
    op.create_index("ix_captures_site_id", "captures", ["site", "id"], unique=False)
    op.create_table(
        "changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("page_id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("page_kind", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("last_seen", Moment, nullable=True),
        sa.Column("first_seen", Moment, nullable=False),
        sa.Column("significance", sa.Double(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("subject_url", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("absorbed", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["changes.id"], name="fk_changes_group_id"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_changes_page_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_changes_run_id"),
        sa.ForeignKeyConstraint(["site"], ["sites.key"], name="fk_changes_site"),
        sa.ForeignKeyConstraint(["subject_id"], ["pages.id"], name="fk_changes_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.UniqueConstraint("page_id", "kind", "key", name="uq_changes_page_id_kind_key"),
    )
    op.create_index("ix_changes_first_seen", "changes", ["first_seen"], unique=False)
    op.create_index("ix_changes_group_id", "changes", ["group_id"], unique=False)
    op.create_index("ix_changes_run_id", "changes", ["run_id"], unique=False)
    op.create_index("ix_changes_site_first_seen", "changes", ["site", "first_seen"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", Id, nullable=False),
        sa.Column("page_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("capture_id", Id, nullable=True),
        sa.Column("first_seen", Moment, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("images", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.Column("shortlink", sa.Text(), nullable=True),
        sa.Column("translations", sa.Text(), nullable=False),
        sa.Column("body_class", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Double(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("digest_content", sa.Text(), nullable=False),
        sa.Column("digest_title", sa.Text(), nullable=False),
        sa.Column("digest_text", sa.Text(), nullable=False),
        sa.Column("digest_links", sa.Text(), nullable=False),
        sa.Column("digest_images", sa.Text(), nullable=False),
        sa.Column("digest_numbers", sa.Text(), nullable=False),
        sa.Column("digest_dates", sa.Text(), nullable=False),
        sa.Column("digest_attachments", sa.Text(), nullable=False),
        sa.Column("digest_formatting", sa.Text(), nullable=False),
        sa.Column("extractor_version", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Text(), nullable=False),
        sa.Column("upgrade", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_versions_capture_id"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_versions_page_id"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("page_id", "number", name="uq_versions_page_id_number"),
    )
    op.create_index("ix_versions_capture_id", "versions", ["capture_id"], unique=False)
    op.create_index("ix_versions_digest_text_digest_title", "versions", ["digest_text", "digest_title"], unique=False)


def downgrade() -> None:
    for table in ("attachments", "changes", "versions", "captures", "runs", "aliases", "problems", "pages", "sites"):
        op.drop_table(table)
