"""Which decisions about a change are allowed: from any state to any other, but published only by a report."""

from storage.records_review import ReviewState

BY_HAND = tuple(state for state in ReviewState if state is not ReviewState.PUBLISHED)

ALLOWED: dict[ReviewState, frozenset[ReviewState]] = {state: frozenset(BY_HAND) for state in ReviewState}
"""By the state before: the states that a person can set."""


def refusal(before: ReviewState, after: ReviewState, *, by_report: bool = False) -> str | None:
    """Why a change can't go from one state to the other; null when it can.

    >>> refusal(ReviewState.NEW, ReviewState.CONFIRMED) is None
    True
    """
    if by_report or after in ALLOWED[before] or before is after:
        return None
    return f'a change becomes "{after.value}" with a report: put it into one and publish that'
