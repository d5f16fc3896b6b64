"""The tables of the service's own work: hosts, who schedules, slots taken, what is paused, what was ordered."""

from sqlalchemy import Column, Double, Float, Index, Integer, LargeBinary, Table, Unicode

from storage.tables import Id, Moment, Words, metadata

hosts = Table(  # the revisit policy's memory of a host: see records_service.Host
    "hosts",
    metadata,
    Column("host", Words(), primary_key=True),
    Column("factor", Double, nullable=False),  # c of K = c*S/B
    Column("steered_at", Moment(), nullable=True),  # when c was last set, and the counts below began
    Column("visits", Integer, nullable=False),  # scheduled visits since then
    Column("lateness", Double, nullable=False),  # the sum of their relative lateness
    Column("idle", Integer, nullable=False),  # requests allowed since then that no page was there for
    Column("tokens", Double, nullable=False),  # requests allowed and not made yet
    Column("tokens_at", Moment(), nullable=True),
    Column("forced_at", Moment(), nullable=True),
    Column("confirmed", Double, nullable=False),  # trust in feeds and sitemaps: as in schedule_hints.HintTrust
    Column("refuted", Double, nullable=False),
    Column("foretold", Double, nullable=False),
    Column("missed", Double, nullable=False),
)

leases = Table(  # one holder at a time of a named right, as "scheduler"
    "leases",
    metadata,
    Column("name", Words(), primary_key=True),
    Column("holder", Words(), nullable=False),
    Column("until", Moment(), nullable=False),
)

slots = Table(  # a job's planned moment, taken once
    "slots",
    metadata,
    Column("job", Words(), primary_key=True),
    Column("slot", Moment(), primary_key=True),
    Column("holder", Words(), nullable=False),
    Column("taken_at", Moment(), nullable=False),
    Index(None, "taken_at"),
)

pauses = Table(  # sites whose scheduled runs rest until somebody says otherwise
    "pauses",
    metadata,
    Column("site", Words(), primary_key=True),
    Column("since", Moment(), nullable=False),
    Column("reason", Words(), nullable=True),
)

orders = Table(  # what people ask the running service to do: "run now"
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site", Words(), nullable=False),
    Column("what", Words(), nullable=False),
    Column("asked_at", Moment(), nullable=False),
    Column("taken_at", Moment(), nullable=True),
    Index(None, "taken_at"),
)

jobs = Table(  # the scheduler's list, in the form that APScheduler's SQLAlchemyJobStore wants
    "jobs",
    metadata,
    Column("id", Unicode(191), primary_key=True),  # "run mpt", "feeds mpt", "upkeep"
    Column("next_run_time", Float(25), nullable=True, index=True),  # seconds since 1970
    Column("job_state", LargeBinary, nullable=False),  # pickled: names and times, nothing secret
)
