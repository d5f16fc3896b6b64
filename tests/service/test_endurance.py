"""Half a minute of the service's life, with four kills and a mail server that is away: tests.service.endurance."""

from pathlib import Path

from tests.service.endurance import Course, told
from tests.service.endurance_proof import faults, figures


def test_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    course = Course(minutes=0.5, kills=3, seed=3, events=22)
    with told(course, tmp_path / "home") as ended:
        assert faults(ended) == [], figures(ended)
        assert (len(ended.site.happenings), len(ended.kills)) == (22, 4)
        hooked = [one.key for one in ended.heard if one.who == "hook"]
    assert len(hooked) > len(set(hooked)) == 22  # one was on its way when the service was killed
