"""An archive in which everything that a site can choose is an attack: what pages, feeds and files must show as text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.records import (
    Alias,
    Attachment,
    Capture,
    Change,
    ChangeKind,
    Discovery,
    Document,
    Extractor,
    Image,
    Link,
    Outcome,
    Page,
    PageKind,
    Revisit,
    RunKind,
    RunState,
    Settlement,
    WarcPlace,
    What,
)
from storage.records_outbox import Cadence, DeliveryKind, Owing, Subscription
from storage.records_review import NoiseRule, Report, ReportEntry, ReviewState
from storage.warc import Exchange, WarcWriter
from tests.storage.making import discovery, live, version

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SITE = "hostile"
FOREIGN = "planted.example"  # asked by whoever loads what an attack brings
SUM = "54320388"  # what a template engine would make of the attacks that hold {{ }}
EVIL = f'<script>owned=1</script><img src="https://{FOREIGN}/i" onerror="owned=2"><planted-mark id="planted">'

ATTACKS = {
    "script": f"A{EVIL}",
    "attribute": '"><planted-mark id=planted onclick=owned=3><a href="javascript:owned=4">B',
    "single quotes": "' onmouseover='owned=5' autofocus onfocus='owned=6' x='",
    "svg": "<svg onload=owned=7><use href=data:,><animate onbegin=owned=8><planted-mark></svg>",
    "style": f"</style><style>@import url(https://{FOREIGN}/c);*{{display:none}}</style><planted-mark>",
    "end of everything": "</title></textarea></script></noscript>--></template><planted-mark>",
    "template of the server": "{{ 7776*6986-2748 }}{% raw %}{{ cycler.__init__.__globals__ }}${7776*6986-2748}#{1}",
    "markdown": f"[press](javascript:owned=9) ![](https://{FOREIGN}/m) <javascript:owned=10> `code",
    "htmx": f'"><div hx-get="https://{FOREIGN}/h" hx-trigger="load" data-hx-on:load="owned=11"><planted-mark></div>',
    "cdata and entities": "]]><planted-mark>&lt;planted-mark&gt;&#60;planted-mark>&amp;#x3c;",
    "formula": '=HYPERLINK("https://planted.example/f","press")',
    "formula at a minus": "-2+3+cmd|' /C calc'!A0",
    "formula behind a tab": "\t@SUM(1+9)*cmd|' /C calc'!A0",
    "header": "Plain\r\nSet-Cookie: owned=12\r\nBcc: who@planted.example\r\n\r\n<planted-mark>",
    "direction": "\u202egnp.exe\u2066 invoice \u200f",
    "controls": "bell\x07 escape\x1b[31m null\x00 c1\x9b line\u2028end",
    "placeholders": "%(n)s %s {0} {clause} {self.__class__} $name",
    "homographs": "Mиниcтepcтвo cвязи и инфopмaтизaции",
    "combining": "Z" + "\u0301\u0322\u0489" * 20,
    "a word of 2,000 letters": "Ш" * 2_000,
    "50,000 characters": "Приказ о тарифах <planted-mark> " * 1_600,
    "no title": "",
}
KINDS = tuple(ChangeKind)
JAVASCRIPT = "javascript:owned=20"


@pytest.fixture(scope="session")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's home folder, made once a process; tests work on a copy."""
    home = tmp_path_factory.mktemp("hostile")
    profile(home)
    with Archive.open(f"sqlite:///{home}/letapis.db") as archive:
        fill(archive, home)
    return home


def profile(home: Path) -> None:
    """The profile of the site, with attacks in what people read of it."""
    (home / "sites").mkdir(parents=True)
    (home / "sites" / f"{SITE}.toml").write_text(
        f"""key = "{SITE}"
title = '<planted-mark>{SITE} {{{{ 7776*6986-2748 }}}}'
hosts = ["hostile.example"]
seeds = ["https://hostile.example/"]
[policy]
zone = "Europe/Minsk"
[[sections]]
name = "acts"
title = '<planted-mark>"acts" & more'
match = '^/0'
""",
        "utf-8",
    )


def fill(archive: Archive, home: Path) -> None:
    """One page, with two versions, captures and a change, for each attack; and all that people and runs add."""
    to = archive.add_subscription(
        Subscription(name=f"S{EVIL}", channel="mailto:a@example.org", words=(EVIL,), urls=("<planted-mark>",),
                     sections=(EVIL,), created_at=NOW, created_by=EVIL),
        actor=EVIL,
    )  # fmt: skip
    archive.add_subscription(
        Subscription(name="D<planted-mark>", channel="webhook:https://hooks.example/<planted-mark>",
                     cadence=Cadence.DIGEST, cron="0 9 * * *", topics=("changes", "problems"), created_at=NOW),
        actor="boss",
    )  # fmt: skip
    urls = [f"https://hostile.example/{number}" for number in range(len(ATTACKS))]
    archive.discover([_discovery(url) for url in urls])
    pages = archive.pages_by_url(SITE, urls)
    run = archive.begin_run(SITE, RunKind.CRAWL, NOW).id
    place = _stored(home)
    for number, (url, attack) in enumerate(zip(urls, ATTACKS.values(), strict=True)):
        first, then = _visits(pages[url], run, number, attack, place)
        archive.record([first])
        owing = Owing(subscription=to, owed_at=NOW, not_before=NOW, matched=(EVIL,))
        archive.record([then], owed=lambda _, owing=owing: [owing])  # type: ignore[misc]
    archive.finish_run(run, RunState.FAILED, {"changed": 3, EVIL: 1}, NOW, error=EVIL)
    _spoken(archive)


def _discovery(url: str) -> Discovery:
    return discovery(
        "",
        site=SITE,
        url=url,
        address=url,
        group=url,
        found_on=f"https://hostile.example/?{EVIL}",
        revisit=Revisit(page_class="news", a=1.0, b=20.0),
    )


def _stored(home: Path) -> WarcPlace:
    head = ((b"Content-Type", b"text/html; charset=utf-8"), (b"X-Planted", EVIL.encode()))
    with WarcWriter(home / "warc", max_bytes=10**9, site=SITE, software="Letapis") as out:
        body = f"<!DOCTYPE html><title>T</title><script>top.owned=21</script>{EVIL}<form action=https://{FOREIGN}/>"
        one = Exchange(url="https://hostile.example/0", at=NOW, status_line=f"HTTP/1.1 200 {EVIL}",
                       response_headers=head, body=body.encode())  # fmt: skip
        place = out.write(one)
        out.sync()
    return place


def _visits(page: Page, run: int, number: int, attack: str, place: WarcPlace) -> tuple[Settlement, Settlement]:
    before = version(page, 1, document=_document(attack, "раньше"), first_seen=NOW - timedelta(days=2))
    after = version(page, 2, document=_document(attack, f"потом{number}"), first_seen=NOW)
    first = Settlement(
        pages=(live(page, 1, title=attack),),
        captures=(_capture(page, run, place, attack, NOW - timedelta(days=2)),),
        versions=(before,),
        aliases=(Alias(url=f"https://hostile.example/{number}?a={EVIL}", page_id=page.id, how=EVIL),),
    )
    then = Settlement(
        pages=(live(page, 2, title=attack),),
        captures=(_capture(page, run, place, attack, NOW), replace(_failure(page, run, attack), fetched_at=NOW)),
        versions=(after,),
        changes=(_change(page, run, KINDS[number % len(KINDS)], attack),),
    )
    return first, then


def _document(attack: str, word: str) -> Document:
    text = f"{attack}\n\n{word} {attack}\n\nУслуга\tПлата\n{attack[:300]}\t{word}\n\nКонец."
    label = attack[:300]
    return Document(
        title=attack,
        text=text,
        markdown=f"# {attack}\n\n{text}\n\n<script>owned=22</script>\n\n| {label} | {word} |\n| --- | --- |\n",
        language="ru",
        published='2026-03-01"><planted-mark>',
        kind=PageKind.NEWS,
        extractor=Extractor.PROFILE,
        links=(Link(url=JAVASCRIPT, text=f"{label}{word}"), Link(url=f"https://a.example/{word}{EVIL}", text=label)),
        images=(Image(url=f"https://{FOREIGN}/{word}.png", alt=f"{label}{word}"),),
        attachments=(Attachment(url=f"data:text/html,{EVIL}{word}", text=label, media_type=EVIL),),
        root=EVIL,
        canonical=JAVASCRIPT,
        shortlink=JAVASCRIPT,
        notice=EVIL,
    )


def _capture(page: Page, run: int, place: WarcPlace, attack: str, at: datetime) -> Capture:
    return Capture(
        run_id=run, page_id=page.id, url=f"https://hostile.example/file/{attack[:200]}", fetched_at=at, status=200,
        outcome=Outcome.CHANGED, media_type="text/html", digest="ab" * 32, size=300, warc=place, redirect_to=JAVASCRIPT,
    )  # fmt: skip


def _failure(page: Page, run: int, attack: str) -> Capture:
    return Capture(
        run_id=run, page_id=page.id, url=page.url, fetched_at=NOW, status=None, outcome=Outcome.ERROR,
        error=attack[:900],
    )  # fmt: skip


def _change(page: Page, run: int, kind: ChangeKind, attack: str) -> Change:
    both = kind in (ChangeKind.EDITED, ChangeKind.MOVED, ChangeKind.RESTORED)
    return Change(
        site=SITE, page_id=page.id, url=page.url, kind=kind, title=attack, page_kind=PageKind.NEWS, section="acts",
        language="ru", last_seen=None if kind is ChangeKind.ADDED else NOW - timedelta(days=1), first_seen=NOW,
        significance=0.5, what=(What.TEXT, What.LINKS), summary=attack, run_id=run,
        from_version=None if kind is ChangeKind.ADDED else 1,
        to_version=2 if both or kind is ChangeKind.ADDED else None,
        moved_to=JAVASCRIPT if kind is ChangeKind.MOVED else None,
    )  # fmt: skip


def _spoken(archive: Archive) -> None:
    """What people say, and what troubles: every field that takes free text."""
    ids = [change.id or 0 for change in archive.changes(limit=100)]
    archive.decide(ids[:3], actor=EVIL, now=NOW, state=ReviewState.CONFIRMED, assignee=EVIL)
    for one in ids:
        archive.add_note(one, f"{EVIL}\n{ATTACKS['template of the server']}", author=EVIL, now=NOW)
    archive.add_rule(NoiseRule(site=SITE, section=EVIL, url="<planted-mark>", pattern="<planted-mark>", reason=EVIL,
                               created_at=NOW, created_by=EVIL))  # fmt: skip
    archive.save_filter("boss", EVIL[:60], f"words={EVIL}", now=NOW)
    entries = tuple(ReportEntry(change_id=one, title=EVIL, body=EVIL, context=EVIL) for one in ids)
    archive.save_report(
        Report(title=EVIL, lead=EVIL, entries=entries, created_at=NOW, created_by=EVIL, updated_at=NOW),
        actor=EVIL,
        now=NOW,
    )
    for kind in ("blocked", "delivery", "down", EVIL):
        archive.open_problem(SITE, kind, EVIL, f"{EVIL}\n{JAVASCRIPT}", NOW)
    for waiting in archive.claim_deliveries(NOW + timedelta(seconds=1), limit=50, lease_seconds=60, hold=0):
        archive.dead(waiting.id, EVIL)
    archive.pause(SITE, NOW, EVIL, actor=EVIL)
    first = archive.subscriptions()[0]
    archive.owe_message(first, DeliveryKind.TEST, "test-1", {EVIL: EVIL}, NOW, NOW)


def told_exactly() -> dict[str, str]:
    """Attacks that a page shows to the letter: short ones, without signs that no page shows."""
    return {name: told for name, told in ATTACKS.items() if told and len(told) <= 150 and told.isprintable()}
