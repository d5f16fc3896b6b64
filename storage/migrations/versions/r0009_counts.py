"""An index in the order in which the queue's changes are counted."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("section", "kind", "site", "id", "significance", "language", "what", "group_id", "absorbed"),
    *("first_seen", "page_id"),
)


def upgrade() -> None:
    op.create_index("ix_changes_counted", "changes", list(_COLUMNS))
