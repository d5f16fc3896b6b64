"""The service's own tables, and what feeds say of a page."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The types as they were when this revision was written: what storage.tables becomes later must not change it.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("steered_at", Moment, nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("lateness", sa.Double(), nullable=False),
        sa.Column("idle", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("tokens_at", Moment, nullable=True),
        sa.Column("forced_at", Moment, nullable=True),
        sa.Column("confirmed", sa.Double(), nullable=False),
        sa.Column("refuted", sa.Double(), nullable=False),
        sa.Column("foretold", sa.Double(), nullable=False),
        sa.Column("missed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("taken_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_taken_at"), ["taken_at"], unique=False)

    op.create_table(
        "pauses",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_pauses")),
    )
    op.create_table(
        "slots",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot", Moment, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_slots")),
    )
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slots_taken_at"), ["taken_at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.Unicode(191), nullable=False),
        sa.Column("next_run_time", sa.Float(25), nullable=True),
        sa.Column("job_state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_next_run_time"), ["next_run_time"], unique=False)

    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hint_modified", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("hint_read", sa.Double(), nullable=True))
        batch_op.create_index(
            "ix_pages_ladder",
            ["site", "next_visit"],
            sqlite_where=sa.text("gone_count + failure_count > 0"),
            postgresql_where=sa.text("gone_count + failure_count > 0"),
        )
