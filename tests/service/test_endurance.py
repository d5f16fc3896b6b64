"""A minute of the service's life with four kills and a mail server that is away: see ``tests.service.endurance``."""

from pathlib import Path

from tests.service.endurance import Course, told
from tests.service.endurance_proof import faults, figures


def test_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    course = Course(minutes=0.5, kills=4, seed=3, events=22, standby=True)
    with told(course, tmp_path / "home") as ended:
        assert faults(ended) == [], figures(ended)
        assert (len(ended.site.happenings), len(ended.kills)) == (22, 4)
