"""CPU time of reading one page: extraction, digests, region digest. Run: python -m benchmarks.extraction [--rounds N]

Medians of process time in milliseconds. First over 50 articles of the replica, about 70 KB and 235 links each, as the
site serves them; bars: extraction (digests included) under 15, region digest under 2. Then one heavy page of the same
size, a third of it content: tables, nested lists, Word's junk, images; no bars. The two parsers alone tell how fast and
how busy the machine is.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from config.site import BUILT_IN, Site, load_site
from crawler.core.canonical import digests
from crawler.core.extract import extract, second_opinion
from crawler.core.region import region_digest
from tests.site import Replica, Size

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
ARTICLES = 50


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


def articles() -> list[tuple[str, bytes]]:
    """Articles of the replica as a browser gets them."""
    with Replica(size=Size.BENCH) as replica:
        urls = [one.url for one in replica.truth() if one.kind == "news"]
        chosen = urls[:: max(1, len(urls) // ARTICLES)][:ARTICLES]
        return [(url, urlopen(url).read()) for url in chosen]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    site = load_site(BUILT_IN / "mpt.toml")
    missed = typical(site)
    heavy(site, rounds)
    return 1 if missed else 0


def typical(site: Site) -> int:
    """Prints the medians over the replica's articles; returns how many bars were missed."""
    pages = articles()
    print(f"{len(pages)} articles, {sum(len(body) for _, body in pages) // len(pages):,} bytes on average")
    works: dict[str, Callable[[str, bytes], object]] = {
        "extraction": lambda url, body: digests(extract(body, url=url, headers={}, site=site)),
        "region digest": lambda url, body: region_digest(body, site),
        "(lexbor's parser alone)": lambda url, body: LexborHTMLParser(body),
    }
    missed = 0
    for name, work in works.items():
        spent = statistics.median(median(partial(work, url, body), 3) for url, body in pages)
        bar = BARS.get(name)
        missed += bar is not None and spent > bar
        print(f"{name:26} {spent:8.2f} ms" + (f"   bar {bar:g} ms" if bar else ""))
    return missed


def heavy(site: Site, rounds: int) -> None:
    """Prints the medians for the heavy page."""
    body, headers = composed(), {"content-type": "text/html; charset=utf-8"}
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
    print(f"\na heavy page: {len(body):,} bytes, {len(document.text):,} characters of text, root {document.root}")
    for name, work in jobs.items():
        spent = median(work, rounds if name in BARS else max(5, rounds // 6))
        print(f"{name:26} {spent:8.2f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
