"""Makes a home folder that has lived: the real crawler and the replica, by a clock that is set back and moved on.

    python -m docs.lived DIR

What the demo squeezes into a minute stands here over seven months: a page with many versions, one that goes and comes
back, an announcement on every page, pages that the server fails to give. The README's pictures are of it.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Self
from unittest.mock import patch

from config.settings import Network, Settings
from config.site import BUILT_IN, Site, load_site, load_sites
from crawler.download import handler
from crawler.runs import Wiring, crawl
from storage.archive import Archive
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from tests.site.replica import Replica
from tests.site.script import Step

TITLE = "Министерство связи (учебная копия)"
WEIGHTY = 0.3  # what is confirmed
TARIFFS = 303  # the article whose price goes up and up
VISITED = 301  # one that goes and comes back
ORDER = 302  # a long one, whose paragraphs change places
PRICES = ("4,5", "4,8", "5,2", "5,6", "5,9", "6,4", "6,9", "7,2")
LONG = (
    "Порядок проведения испытаний утверждает оператор.",
    "Заявку на участие подают до 1 августа на имя руководителя испытаний.",
    "Участник обязан сообщать о помехах в течение 3 рабочих дней.",
    "Оборудование размещают на опорах освещения и на крышах жилых домов.",
    "Замеры проводят утром, днём и вечером, не реже двух раз в неделю.",
    "Сведения о скорости публикуют на сайте оператора каждый понедельник.",
    "Плата с участников испытаний не взимается.",
    "Жалобы принимает контакт-центр по номеру 150.",
    "О переносе сроков сообщают не позднее чем за 5 дней.",
    "Отчёт об испытаниях представляют в Министерство до 1 декабря.",
)


class Then(datetime):
    """The clock, set back."""

    back = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - cls.back


@dataclass(frozen=True, kw_only=True)
class Life:
    """A site and its archive."""

    server: Replica
    site: Site
    archive: Archive
    settings: Settings

    def crawl(self, days: float) -> None:
        """Visits everything as of so many days ago."""
        Then.back = timedelta(days=days)
        wiring = Wiring(settings=self.settings, archive=self.archive, now=lambda: Then.now(UTC))
        with patch.object(handler, "datetime", Then):  # an exchange's own time
            told = asyncio.run(crawl(self.site, wiring, everything=True, max_pages=None, told=lambda *_: None))
        print(f"{Then.now(UTC):%Y-%m-%d}: {len(told.changes)} changes", flush=True)

    def fail(self, *ends: str) -> None:
        """The server is not up to the pages whose addresses end so."""
        for page in self.archive.pages(self.site.key):
            path = "/" + page.address.partition("//")[2].partition("/")[2]
            if path.endswith(ends):
                self.server.fail(path, status=503)


def live(life: Life) -> None:
    """Seven months: a look every fortnight, then one a day."""
    server, prices = life.server, iter(pairwise(PRICES))

    def dearer() -> None:
        before, after = next(prices)
        _take(server, TARIFFS, find=f"составляет {before} рубля", put=f"составляет {after} рубля")

    _take(server, ORDER, append="\n\n".join(LONG))
    life.crawl(210)
    dearer()
    life.crawl(170)
    _take(server, VISITED, status=404)
    life.crawl(140)
    life.crawl(139)
    _take(server, VISITED, restore=True)
    dearer()
    life.crawl(70)
    dearer()
    server.apply("decimal", "word")
    life.crawl(27)
    server.apply("negation", "title", "link")
    _reorder(server)
    life.crawl(22)
    dearer()
    server.apply("image", "attachment-replaced", "published")
    life.crawl(17)
    server.announce("С 1 декабря единый номер для обращений: 150.")
    life.crawl(13)
    server.apply("date", "deleted-404")
    life.crawl(11)
    dearer()
    server.apply("paragraph-added")
    life.crawl(8)
    server.apply("paragraph-deleted", "deleted-403")
    life.crawl(5)
    server.apply("published-with-file", "stale-cache", "phone")
    life.crawl(3)
    dearer()
    server.apply("digit", "attachment-added")
    life.crawl(1)
    life.fail("dokumenty", "kontakty", "rukovodstvo", "struktura")
    life.crawl(0.1)
    _judge(life.archive)


def _take(server: Replica, node: int, **what: object) -> None:
    server.take(Step(name="lived", node=node, note="", **what))  # type: ignore[arg-type]


def _reorder(server: Replica) -> None:
    """A paragraph moves down, two others are edited."""
    _take(server, ORDER, find=f"{LONG[0]}\n\n", put="")
    _take(server, ORDER, append=LONG[0])
    _take(server, ORDER, find="до 1 августа", put="до 1 сентября")
    _take(server, ORDER, find="обязан сообщать о помехах в течение 3 рабочих дней", put="вправе сообщать о помехах")


def _judge(archive: Archive) -> None:
    """Somebody has begun to review: the older half."""
    rows = sorted(archive.queue(ChangeFilter(), limit=100).rows, key=lambda row: row.change.first_seen)
    for row in rows[: len(rows) // 2]:
        state = ReviewState.CONFIRMED if row.significance >= WEIGHTY else ReviewState.INSIGNIFICANT
        at = row.change.first_seen + timedelta(hours=3)
        archive.decide([row.review.change_id], state=state, assignee="vera", actor="vera", now=at)
        if state is ReviewState.CONFIRMED:
            archive.add_note(row.review.change_id, "Сверено с постановлением.", author="vera", now=at)


def made(home: Path) -> None:
    """Fills the folder; what is there must not be an archive yet."""
    (home / "sites").mkdir(parents=True)
    with Replica() as server:
        profile = home / "sites" / "replica.toml"
        patient = server.profile().replace("gone_after = 0.0", "gone_after = 3600.0")
        profile.write_text(f'title = "{TITLE}"\n{patient}', encoding="utf-8")
        settings = Settings(home=home, network=Network(allow=(server.host,)))
        with Archive.open(settings.database_url) as archive:
            life = Life(server=server, site=load_site(profile), archive=archive, settings=settings)
            live(life)
            for key in {life.site.key, *load_sites(BUILT_IN)}:
                archive.pause(key, Then.now(UTC), "made for pictures: the server of its site is gone", actor="demo")


if __name__ == "__main__":
    made(Path(sys.argv[1]))
