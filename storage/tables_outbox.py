"""The tables of telling people: who wants to hear of what, what is owed to them, and the messages."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table

from storage.tables import Id, Moment, Sentence, Words, metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words(), nullable=False, unique=True),
    Column("channel", Words(), nullable=False),  # as in records_outbox.Subscription
    Column("sites", Words(), nullable=False),  # JSON list, as are the next seven; empty: all
    Column("sections", Words(), nullable=False),
    Column("urls", Words(), nullable=False),
    Column("languages", Words(), nullable=False),
    Column("kinds", Words(), nullable=False),
    Column("what", Words(), nullable=False),
    Column("words", Words(), nullable=False),
    Column("topics", Words(), nullable=False),
    Column("min_significance", Double, nullable=False),
    Column("cadence", Words(), nullable=False),
    Column("cron", Words(), nullable=True),
    Column("zone", Words(), nullable=False),
    Column("quiet", Words(), nullable=True),
    Column("language", Words(), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("created_by", Words(), nullable=True),
)

deliveries = Table(  # one message owed or sent
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscription_id", Id, ForeignKey("subscriptions.id"), nullable=False),
    Column("key", Words(), nullable=False, unique=True),  # idempotency key
    Column("kind", Words(), nullable=False),
    Column("state", Words(), nullable=False),
    Column("channel", Words(), nullable=False),  # as it was when the message came to be owed
    Column("subject", Words(), nullable=True),  # JSON object: what a message that tells of no change is about
    Column("created_at", Moment(), nullable=False),
    Column("not_before", Moment(), nullable=False),  # quiet hours, back-off, rate limits
    Column("run_id", Id, ForeignKey("runs.id"), nullable=True),  # held back while this run is under way
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Moment(), nullable=True),
    Column("sent_at", Moment(), nullable=True),
    Column("error", Sentence(), nullable=True),
    Index("ix_deliveries_state", "state", "channel", "id"),
    Index(None, "subscription_id", "id"),
    Index(None, "sent_at"),
)

owed = Table(  # which change is owed to whom, and in which message it goes
    "owed",
    metadata,
    Column("subscription_id", Id, ForeignKey("subscriptions.id"), primary_key=True),
    Column("change_id", Id, ForeignKey("changes.id"), primary_key=True),
    Column("owed_at", Moment(), nullable=False),
    Column("matched", Words(), nullable=False),  # JSON list: the subscription's words that were found
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=True),  # null: waits for the digest
    Index(None, "change_id"),
    Index(None, "delivery_id"),
)
