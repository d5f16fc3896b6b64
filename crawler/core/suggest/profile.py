"""The suggested profile as TOML with comments that say what each line was concluded from."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

from crawler.core.language import language_of
from crawler.core.learnt import TRUSTED_AFTER
from crawler.core.markdown import render
from crawler.core.selectors import Without
from crawler.core.suggest.looked import Looked, best_names, content_root, look
from crawler.core.suggest.parts import Rows, date_sources, drops, listing_rows, news_class, title_suffix, titles

_LANGUAGES = ("ru", "be", "by", "en", "uk", "pl", "lt", "lv", "de", "fr", "es", "kk", "zh")
_ZONES = {"by": "Europe/Minsk", "ru": "Europe/Moscow", "ua": "Europe/Kyiv", "pl": "Europe/Warsaw"}
_FEEDS = ("application/rss+xml", "application/atom+xml")


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A profile to read and mend, and what it reads from some of the pages."""

    profile_toml: str
    samples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Findings:
    pages: tuple[Looked, ...]
    content: tuple[tuple[str, int], ...]
    drop: tuple[str, ...]
    title: tuple[str, ...]
    suffix: str | None
    date: tuple[str, ...]
    news: str | None  # the body's class on pages with a date
    rows: Rows | None
    rooted: int  # pages with a text of their own


def suggest(pages: Sequence[tuple[str, bytes]]) -> Suggestion:
    """Suggests a profile from pages of one site: (address, body); thirty or more give a good one.

    A page that is given twice, fetched twice at once, shows what differs without an edit: boxes that rotate inside the
    text are found by that alone. Raises ValueError when none of the pages can be read.
    """
    looked, _ = look(pages)
    if not looked:
        raise ValueError("none of the pages is HTML that can be read")
    findings = _findings(looked)
    return Suggestion(profile_toml=_toml(findings), samples=tuple(_samples(findings)))


def _findings(looked: list[Looked]) -> _Findings:
    rows = listing_rows(looked)
    single = [page for page in looked if not (rows and page.page.url in rows.urls)]
    rooted = [(page, root) for page in single if (root := content_root(page)) is not None]
    content = best_names(rooted, most=4)
    zone = _zone(_host(looked))
    known = [
        (page, match[1]) for page, _ in rooted if (match := page.page.tree.first(tuple(name for name, _ in content)))
    ]
    dates = tuple(date_sources(known, zone)) if known else ()
    return _Findings(
        pages=tuple(looked),
        content=tuple(content),
        drop=tuple(drops(known)),
        title=tuple(titles(known)) if known else ("h1",),
        suffix=title_suffix(looked),
        date=dates,
        news=news_class(known, dates, zone),
        rows=rows,
        rooted=len(rooted),
    )


def _samples(found: _Findings) -> Iterable[str]:
    names = tuple(name for name, _ in found.content)
    dropped = Without(found.drop)
    shown = 0
    for page in found.pages:
        match = page.page.tree.first(names) if names else None
        if match is None or (found.rows and page.page.url in found.rows.urls):
            continue
        text = render(match[1], page.page.base, drop=_heading_or(dropped.bound(page.page.tree))).text
        beginning = text[:300] + ("…" if len(text) > 300 else "")
        yield f"{page.page.url}\n  {match[0]}: {len(text)} characters\n  {page.title}\n\n{beginning}"
        shown += 1
        if shown == 6:
            return


def _heading_or(left_out: Callable[[etree._Element], bool]) -> Callable[[etree._Element], bool]:
    return lambda element: element.tag == "h1" or left_out(element)


def _toml(found: _Findings) -> str:
    host = _host(found.pages)
    lines = [
        f"# Suggested from {len(found.pages)} pages of {host}. Read every line, then check it with samples.",
        *_warnings(found),
        f"key = {_text(_key(host))}",
        f"title = {_text(_site_title(found))}",
        f"hosts = {_list(_hosts(found.pages, host))}",
        *_languages(found.pages),
        f"seeds = {_list(_seeds(found))}",
        *_scope(found.pages),
        *_kinds(found),
        *_extract(found),
        *_listing(found.rows),
        "",
        "[policy]",
        f"zone = {_text(_zone(host))}  # guessed from the host's name",
    ]
    return "\n".join(lines) + "\n"


def _warnings(found: _Findings) -> list[str]:
    few = len(found.pages) < TRUSTED_AFTER
    return [
        *([f"# Fewer than {TRUSTED_AFTER} pages: what is template can't be told yet."] if few else []),
        *(["# No block holds the text of several pages: name the content yourself."] if not found.content else []),
    ]


def _kinds(found: _Findings) -> list[str]:
    lines = ["", "# The first kind whose conditions hold counts."]
    if found.rows:
        like = found.rows.row.rpartition(" > ")[2]
        lines += [*_kind("listing", f"{found.rows.row} ~ {like} ~ {like}"), f"# seen on {len(found.rows.urls)} pages"]
    if found.content and found.date:
        css = ", ".join(name for name, _ in found.content)
        lines += [*_kind("news", css, found.news), "# pages with a date and a text"]
    return [*lines, *_kind("page", "body")]


def _kind(name: str, css: str, body_class: str | None = None) -> list[str]:
    pattern = rf"(^|\s){re.escape(body_class)}(\s|$)" if body_class else ""
    also = f", body_class = {_text(pattern)}" if pattern else ""
    return ["", "[[kinds]]", f"name = {_text(name)}", f"when = {{ css = {_text(css)}{also} }}"]


def _extract(found: _Findings) -> list[str]:
    lines = ["", "[extract]", f"# of {found.rooted} pages with a text of their own:", "content = ["]
    lines += [f"  {_text(name)},  # {count} pages" for name, count in found.content]
    lines += ["]", "# the same on page after page, or another at each fetch:", f"drop = {_list(found.drop)}"]
    lines += [f"title = {_list(found.title)}"]
    if found.suffix:
        lines.append(f"title_suffix = {_list([_pattern(found.suffix)])}")
    if not found.date:
        lines.append("# no date was found on most pages")
    return [*lines, f"date = {_list(found.date or ('jsonld', 'og', 'time', 'url'))}"]


def _listing(rows: Rows | None) -> list[str]:
    if rows is None:
        return ["", "# No listing pages were recognised: add [listing] with row, link, date and next."]
    lines = ["", "[listing]", f"row = {_list([rows.row])}", f"link = {_list([rows.link])}"]
    lines += [f"date = {_list([rows.date])}"] if rows.date else []
    return lines + ([f"next = {_list([rows.next])}"] if rows.next else [])


def _languages(pages: Sequence[Looked]) -> list[str]:
    spoken = Counter(language_of(" ".join(leaf.text for leaf in page.fresh)[:3000]) or "" for page in pages)
    found = [*_prefixes(pages), *(name for name, count in spoken.most_common() if name and count >= 0.1 * len(pages))]
    return [f"languages = {_list(dict.fromkeys(found))}"] if found else []


def _prefixes(pages: Sequence[Looked]) -> list[str]:
    """Path prefixes that name a language, most used first."""
    heads = Counter(urlsplit(page.page.url).path.lstrip("/").partition("/")[0] for page in pages)
    for page in pages:
        for link in page.root.iter("link"):
            if link.get("hreflang") and link.get("href"):
                heads[urlsplit(urljoin(page.page.url, str(link.get("href")))).path.lstrip("/").partition("/")[0]] += 1
    return [head for head, count in heads.most_common() if head in _LANGUAGES and count >= 2]


def _scope(pages: Sequence[Looked]) -> list[str]:
    prefixes = _prefixes(pages)
    if not prefixes:
        return []
    note = "# if a page is the same with and without one of them, name that one: default_prefix"
    return ["", "[scope]", f"prefixes = {_list(prefixes)}", note]


def _seeds(found: _Findings) -> list[str]:
    page = found.pages[0].page
    start = f"{urlsplit(page.url).scheme}://{_host(found.pages)}/"
    lists = sorted(found.rows.urls, key=len)[:3] if found.rows else []
    seeds = [start, *(url for url in lists if urlsplit(url).netloc == _host(found.pages)), *_feeds(found.pages)]
    return list(dict.fromkeys(seeds))[:8]


def _feeds(pages: Sequence[Looked]) -> list[str]:
    found: Counter[str] = Counter()
    for page in pages:
        for link in page.root.iter("link"):
            if link.get("type", "").lower() in _FEEDS and link.get("href"):
                found[urljoin(page.page.base, str(link.get("href")))] += 1
    own = [url for url, _ in found.most_common(20) if urlsplit(url).netloc.lower() == _host(pages)]
    return own[:3]


def _host(pages: Sequence[Looked]) -> str:
    return Counter(page.host for page in pages).most_common(1)[0][0]


def _hosts(pages: Sequence[Looked], host: str) -> list[str]:
    """The host, and its twin with or without www where the pages link to it."""
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    linked = any(urlsplit(a.get("href", "")).netloc.lower() == twin for page in pages[:20] for a in page.root.iter("a"))
    return [host, twin] if linked else [host]


def _zone(host: str) -> str:
    return _ZONES.get(host.partition(":")[0].rpartition(".")[2], "UTC")


def _key(host: str) -> str:
    name = host.partition(":")[0].removeprefix("www.")
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "site"


def _site_title(found: _Findings) -> str:
    return re.sub(r"^\s*[|–—·•:-]\s*", "", found.suffix.strip()) if found.suffix else _host(found.pages)


def _pattern(words: str) -> str:
    return r"\s+".join(re.escape(word) for word in words.split(" ")).replace(r"\ ", " ").replace(r"\-", "-")


def _text(value: str) -> str:
    """A TOML string: literal where it can be, so that patterns stay readable."""
    plain = "'" not in value and value.isprintable()
    return (
        f"'{value}'"
        if plain and ("\\" in value or '"' in value)
        else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    )


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"
