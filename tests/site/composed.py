"""Articles and events composed from phrase banks, for the larger sizes; the same seed gives the same ones."""

from datetime import datetime

from tests.site.nodes import MINSK, Content, Node
from tests.site.script import Step

FIRST = 2001  # node numbers of composed articles begin here
_START = datetime(2016, 3, 1, 9, 0, tzinfo=MINSK)


def articles(count: int, seed: int) -> dict[int, Node]:
    """So many composed articles, by node number; no two have the same words."""
    return {}


def steps(content: Content, seed: int) -> list[Step]:
    """Events on composed articles, of all the demonstration's sorts."""
    return []
