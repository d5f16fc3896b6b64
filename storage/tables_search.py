"""What search and the review screens need of the database: the mark of the text index, and indexes for their questions.

The text index itself, ``stems``, is no table of the metadata: on SQLite it is a virtual table (FTS5) with shadow
tables of its own, on PostgreSQL a tsvector. Revision 0006 makes it; ``storage.search`` alone asks it.
"""

from sqlalchemy import Column, Index, Table

from storage.tables import Id, Words, changes, metadata, pages, versions
from storage.tables_review import audit

marks = Table(  # how far the text index has come: one row
    "marks",
    metadata,
    Column("stemmer", Words(), primary_key=True),  # what made the stems; with another one all is indexed anew
    Column("upto", Id, nullable=False),  # versions.id: all up to it are in the index, none after it
)

# Intervals of versions without their texts.
Index("ix_versions_interval", versions.c.page_id, versions.c.number, versions.c.first_seen)

# Everything that the queue asks of a change, so that it is filtered and counted without reading the changes.
Index(
    "ix_changes_queue",
    changes.c.first_seen,
    changes.c.id,
    changes.c.significance,
    changes.c.site,
    changes.c.section,
    changes.c.kind,
    changes.c.language,
    changes.c.what,
    changes.c.group_id,
    changes.c.absorbed,
    changes.c.page_id,
    changes.c.subject_id,
    changes.c.from_version,
    changes.c.to_version,
)
# The same for its counts, in their order.
Index(
    "ix_changes_counted",
    changes.c.section,  # not the site: where a site's changes are asked for in time, this is not the index for it
    changes.c.kind,
    changes.c.site,
    changes.c.id,
    changes.c.significance,
    changes.c.language,
    changes.c.what,
    changes.c.group_id,
    changes.c.absorbed,
    changes.c.first_seen,
    changes.c.page_id,
)
Index("ix_changes_page", changes.c.page_id, changes.c.first_seen)

Index("ix_audit_actor", audit.c.actor, audit.c.id)

Index("ix_pages_group", pages.c.site, pages.c.group)  # translations
Index("ix_pages_kind", pages.c.kind)
Index("ix_pages_state", pages.c.site, pages.c.state)
