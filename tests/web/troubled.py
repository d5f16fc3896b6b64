"""An archive in which all goes wrong that can: problems, failures, refusals, in the words that our own code finds.

Its titles and texts are Russian, so that whatever English stands on a page is ours.
"""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Mail
from config.site import Health, Rhythm
from crawler.core.answers import status_error
from crawler.core.attendance import Attendance, attendance, installation
from crawler.core.blocked import block_reason
from crawler.core.health import diagnose
from crawler.core.settle.emptied import EMPTY
from crawler.core.signs import Sign, Signs
from crawler.core.visit import Found
from crawler.download.broken import failure_of
from crawler.download.failures import failure_kind
from crawler.notify.failures import SendFailed
from crawler.notify.mail import server_of
from crawler.notify.troubles import TEMPLATE, given_up
from crawler.service.crawls import TROUBLE, how_it_died
from storage.archive import Archive
from storage.records import ChangeKind, Outcome, Page, RunKind, RunState, Settlement, What
from storage.records_outbox import Delivery, DeliveryKind, Owing, Subscription
from storage.records_review import NoiseRule, ReviewState
from storage.said import Said, saying
from tests.storage.making import capture, change, document, found, live, version

SITE = "mpt"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def troubled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's home folder, made once a process; tests work on a copy."""
    home = tmp_path_factory.mktemp("troubled")
    with Archive.open(f"sqlite:///{home}/letapis.db") as archive:
        fill(archive)
    return home


def copied(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to))


def fill(archive: Archive) -> None:
    """A page of each fate, a problem of each kind, runs and messages that failed, and people who decided."""
    run = archive.begin_run(SITE, RunKind.CRAWL, NOW).id
    whole, gone, file, moved = found(archive, "/ru/news/a", "/ru/news/b", "/files/prikaz.pdf", "/ru/news/c")
    to = archive.add_subscription(
        Subscription(name="Для всех", channel="mailto:a@example.org", topics=("changes", "problems"), created_at=NOW),
        actor="anna",
    )
    _edited(archive, whole, run, to)
    _removed(archive, gone, run)
    _replaced(archive, file, run)
    _removed(archive, moved, run, Said("redirects to another page, {url}", url="https://mpt.example/ru/x"))
    for error, outcome in _errors():
        archive.record([Settlement(pages=(), captures=(capture(whole, run, error=error, outcome=outcome),))])
    archive.finish_run(run, RunState.FAILED, {"changed": 3, "error": 4}, NOW, error=how_it_died(-9))
    for site, kind, subject, evidence in _problems():
        archive.open_problem(site, kind, subject, evidence, NOW)
    _failed(archive, to)
    _decided(archive)


def _edited(archive: Archive, page: Page, run: int, to: Subscription) -> None:
    texts = ("Плата 1 260 рублей\n\nПриём с 5 марта", "Плата 1 280 рублей\n\nПриём с 6 марта")
    for number, text in enumerate(texts, start=1):
        made = version(page, number, document=_document(text), first_seen=NOW - DAY * (2 - number))
        changes = (_change(page, run, ChangeKind.EDITED, summary="number 1 260 became 1 280"),) if number == 2 else ()
        visit = Settlement(
            pages=(live(page, number, title="Приказ", language="ru"),),
            captures=(capture(page, run, outcome=Outcome.CHANGED if changes else Outcome.NOT_MODIFIED),),
            versions=(made,),
            changes=changes,
        )
        archive.record([visit], owed=lambda _: [Owing(subscription=to, owed_at=NOW, not_before=NOW, matched=())])


def _removed(archive: Archive, page: Page, run: int, why: str | None = None) -> None:
    why = why or status_error(404, Found.MISSING) or ""
    made = version(page, 1, document=_document("Был текст"), first_seen=NOW - DAY)
    lost = capture(page, run, status=404, outcome=Outcome.GONE, error=why, fetched_at=NOW)
    told = _change(page, run, ChangeKind.REMOVED, summary=Said("gone: {why}", why=why))
    archive.record(
        [
            Settlement(
                pages=(live(page, 1, title="Приказ", language="ru"),), captures=(capture(page, run),), versions=(made,)
            )
        ]
    )
    archive.record([Settlement(pages=(), captures=(lost,), changes=(replace(told, to_version=None),))])


def _replaced(archive: Archive, page: Page, run: int) -> None:
    for number, notice in ((1, None), (2, "needs_ocr")):
        made = version(page, number, document=_document("", notice=notice), first_seen=NOW - DAY * (2 - number))
        told = _change(page, run, ChangeKind.EDITED, summary="file replaced", subject_url=page.url)
        archive.record(
            [
                Settlement(
                    pages=(live(page, number, title="Приказ", language="ru"),),
                    captures=(capture(page, run),),
                    versions=(made,),
                    changes=(told,) if number == 2 else (),
                )
            ]
        )


def _document(text: str, notice: str | None = None) -> object:
    return document("Приказ", text, language="ru", notice=notice)


def _change(page: Page, run: int, kind: ChangeKind, **fields: object) -> object:
    usual = {"title": "Приказ", "language": "ru", "first_seen": NOW, "last_seen": NOW - DAY, "what": (What.NUMBERS,)}
    return change(page, run, kind, **(usual | fields))


def _errors() -> list[tuple[str, Outcome]]:
    """What a visit can end with, as the code says it."""
    from aiohttp import ServerDisconnectedError

    denied = block_reason(403, [("Server", "cloudflare")], b"<h1>403</h1>")
    broken = failure_kind(failure_of(ServerDisconnectedError())).message
    return [
        (denied or "", Outcome.BLOCKED),
        (broken, Outcome.ERROR),
        (status_error(503, Found.FAILED) or "", Outcome.ERROR),
        (EMPTY, Outcome.ERROR),
    ]


def _problems() -> list[tuple[str, str, str, str]]:
    """(site, kind, subject, evidence) of every kind that there is."""
    seen = [one for sign in (Sign.SILENT, Sign.BLOCKED, Sign.ROBOTS, Sign.SOFT_404) for one in _shares(sign)]
    seen += _diagnosed(_emptied(1)) + _diagnosed(_emptied(12)) + _diagnosed(_drifted(), silent=True)
    kept = Attendance(site=SITE, last=NOW - 9 * DAY, turn=DAY, known_since=NOW - 20 * DAY, paused=False,
                      due=21, due_since=NOW - 5 * DAY)  # fmt: skip
    never = replace(kept, site=SITE, last=None)
    looks = [*attendance([kept], now=NOW), *attendance([never], now=NOW)]
    looks += installation(free=10**8, where="/home", pending_since=NOW - DAY, now=NOW)
    seen += [
        (look.site, look.kind.value, f"{look.subject} {number}", look.evidence) for number, look in enumerate(looks)
    ]
    ended = Said("the run did not end well: {why}", why=how_it_died(-9))
    broken = Said("{where}: {why}", where="mail.txt", why=Said("runs too long; are there loops within loops?"))
    return [*seen, (SITE, TROUBLE, "crawl", ended), (SITE, TEMPLATE, "templates", broken)]


def _shares(sign: Sign) -> list[tuple[str, str, str, str]]:
    signs = Signs()
    signs.counts[sign] = 21
    signs.examples[sign] = [("https://mpt.example/ru/a", status_error(503, Found.FAILED) or "")]
    return _diagnosed(signs)


def _emptied(pages: int) -> Signs:
    signs = Signs()
    signs.counts[Sign.WELL] = 40
    signs.emptied.update({f"https://mpt.example/ru/{number}": 2 for number in range(pages)})
    return signs


def _drifted() -> Signs:
    signs = Signs(rootless=["https://mpt.example/ru/a"] * 8)
    signs.counts[Sign.WELL] = 40
    signs.roots["main.x"] = 2
    signs.opinions = [("https://mpt.example/ru/a", 0.1)] * 6
    return signs


def _diagnosed(signs: Signs, *, silent: bool = False) -> list[tuple[str, str, str, str]]:
    health = Health(rhythm=(Rhythm(section="news", every="14d"),))
    newest = {"news": NOW - 21 * DAY} if silent else {}
    found_now = diagnose(signs, [], health=health, newest=newest, now=NOW)
    return [(SITE, one.kind.value, one.subject, one.evidence) for one in found_now.open]


def _failed(archive: Archive, to: Subscription) -> None:
    try:
        server_of(Mail(smtp="nonsense"))
    except SendFailed as error:
        why = saying(error)
    archive.owe_message(to, DeliveryKind.TEST, "test-1", {}, NOW, NOW)
    claimed: list[Delivery] = archive.claim_deliveries(NOW + DAY, limit=50, lease_seconds=60, hold=0)
    for one in claimed:
        archive.dead(one.id, why)
        given_up(archive, one, to, [SITE], why, NOW)


def _decided(archive: Archive) -> None:
    ids = [one.id or 0 for one in archive.changes(limit=100)]
    archive.decide(ids, actor="anna", now=NOW, state=ReviewState.CONFIRMED, assignee="anna", significance=0.7)
    archive.add_note(ids[0], "Сверено", author="anna", now=NOW)
    archive.add_rule(NoiseRule(site=SITE, section="news", reason="Счётчик", created_at=NOW, created_by="anna"))
    archive.save_filter("boss", "Новости", "site=mpt", now=NOW)
