"""When a message that failed is tried again, or given up."""

from datetime import datetime, timedelta

from config.settings import Delivery

LEAST = 5  # attempts before age alone gives a message up: it may have grown old while no service ran


def next_attempt(
    attempts: int,
    since: datetime,
    now: datetime,
    *,
    permanent: bool = False,
    retry_after: float | None = None,
    policy: Delivery,
) -> datetime | None:
    """The moment of the next attempt after ``attempts`` of them, this one included; null: the message is given up.

    ``since``: when the message came to be owed, or was taken off the dead-letter list. The wait doubles from
    ``policy.first_retry`` to ``policy.longest_retry`` seconds; it is never shorter than what the receiver asked for
    (``retry_after``, seconds). A permanent failure gives up at once.
    """
    old = now - since >= timedelta(seconds=policy.give_up)
    if permanent or (old and attempts >= LEAST):
        return None
    wait = min(policy.first_retry * 2.0 ** min(attempts - 1, 30), policy.longest_retry)
    return now + timedelta(seconds=max(wait, retry_after or 0.0))
