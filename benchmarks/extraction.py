"""CPU time of reading one page: extraction, digests, region digest. Run: python -m benchmarks.extraction [--rounds N]

A page of about 70 KB is composed from one of the page cases: a Drupal 7 article with tables, lists, links and images,
within menus, sidebars and comments. Medians of process time in milliseconds; bars: extraction under 15, region digest
under 2. The two parsers alone tell how busy the machine is: on a quiet one they take about 0.5 and 0.2 ms.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from config.site import BUILT_IN, load_site
from crawler.core.canonical import digests
from crawler.core.extract import extract, second_opinion
from crawler.core.region import region_digest

CASES = Path(__file__).parent.parent / "tests" / "pages"
URL = "https://mpt.gov.by/ru/news/05-03-2021-4101"
PARTS = (
    "drupal7-nested-lists",
    "drupal7-table-spans",
    "drupal7-images-and-captions",
    "drupal7-word-junk",
    "drupal7-escapes",
)
BARS = {"extraction": 15.0, "region digest": 2.0}


def composed(size: int = 70_000) -> bytes:
    """A page of about `size` bytes, a third of it content."""
    page = (CASES / "drupal7-news" / "page.html").read_text(encoding="utf-8")
    start, end = 'property="content:encoded">', "</div></div></div></div>"
    bodies = [(CASES / name / "page.html").read_text(encoding="utf-8").split(start)[1].split(end)[0] for name in PARTS]
    body = "".join(bodies)
    page = page.replace(start, start + body * (size // 3 // len(body.encode()) + 1), 1)
    menu = "".join(
        f'<li class="leaf"><a href="/ru/razdel-{n}" title="Раздел {n}">Раздел меню {n}</a></li>\n' for n in range(120)
    )
    page = page.replace('<div id="sidebar-first">', f'<div id="sidebar-first"><ul class="menu">{menu}</ul>')
    comment = (
        '<div class="comment"><div class="submitted">05.03.2021</div><div class="content"><p>Отзыв.</p></div></div>'
    )
    missing = max(0, size - len(page.encode()))
    return page.replace(
        '<form class="comment-form">', comment * (missing // len(comment.encode())) + "<form>", 1
    ).encode()


def median(work: Callable[[], object], rounds: int) -> float:
    """Median CPU milliseconds of one call, the first two left out."""
    spent = []
    for _ in range(rounds + 2):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    site, body, headers = load_site(BUILT_IN / "mpt.toml"), composed(), {"content-type": "text/html; charset=utf-8"}
    document = extract(body, url=URL, headers=headers, site=site)
    jobs: dict[str, Callable[[], object]] = {
        "extraction": lambda: extract(body, url=URL, headers=headers, site=site),
        "digests": lambda: digests(document),
        "region digest": lambda: region_digest(body, site),
        "second opinion": lambda: second_opinion(body, URL, document),
        "extraction by trafilatura": lambda: extract(body, url=URL, headers=headers, site=None),
        "(lxml's parser alone)": lambda: etree.fromstring(body, etree.HTMLParser(encoding="utf-8")),
        "(lexbor's parser alone)": lambda: LexborHTMLParser(body),
    }
    print(f"page: {len(body):,} bytes, {len(document.text):,} characters of text, root {document.root}")
    missed = 0
    for name, work in jobs.items():
        spent = median(work, rounds if name in BARS else max(5, rounds // 6))
        bar = BARS.get(name)
        missed += bar is not None and spent > bar
        print(f"{name:26} {spent:8.2f} ms" + (f"   bar {bar:g} ms" if bar else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
