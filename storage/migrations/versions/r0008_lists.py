"""An index by which search tells lists from what they list."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pages_kind", "pages", ["kind"])
