"""Which answer an address gets: Drupal's many spellings of one path, then the path itself."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from tests.site import answers, feeds, files, pages, traps
from tests.site.answers import Answer
from tests.site.labels import LANGUAGES, RUBRICS
from tests.site.noise import noise_of
from tests.site.source import FILES
from tests.site.view import View
from tests.site.world import World

_FORMS = re.compile(r"(user(/.*)?|search(/.*)?|filter/tips)")
_ASSETS = re.compile(
    r"/(misc|modules|themes|core|sites/default/files/(?:styles|inline|field))/.*\.(css|js|png|jpe?g|ico)"
)
_PADS = 97  # different blocks of padding
CLOSED = "Комментирование этой записи закрыто."
_LONG_AGO = datetime(2016, 1, 11, 6, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Router:
    """The site as a function of an address."""

    world: World
    base: str
    rng: random.Random
    now: Callable[[], datetime]
    traps: bool = False
    padding: int = 0  # extra links in each page's sidebar
    crawl_delay: int | None = None
    served: int = 0
    _pads: dict[tuple[str, int, int], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _errors: set[str] = field(default_factory=set)  # sessions whose next page carries an error message

    def answer(self, target: str, cookie: str = "") -> Answer:
        """The answer for a path with query. Never raises for any spelling."""
        parts = urlsplit("http://site" + re.sub(r"^/+", "/", target))
        if found := self._file(unquote(parts.path)):
            return found
        query = parse_qs(parts.query, keep_blank_values=True)
        raw = query["q"][0] if "q" in query else unquote(parts.path)
        if raw.strip("/") == "robots.txt":
            return feeds.robots(self.crawl_delay)
        prefix, path = _spelled(raw, unquote(parts.path))
        view = self._view(prefix, path, query, cookie)
        if self.traps and (found := traps.answer(path, query, view)):
            return found
        return self._page(path, query, view)

    def _view(self, prefix: str, path: str, query: dict[str, list[str]], cookie: str) -> View:
        self.served += 1
        session = cookie.partition("SESS5f0c=")[2].partition(";")[0]
        failed = session in self._errors
        self._errors.discard(session)
        return View(
            world=self.world,
            noise=noise_of(self.world, self.rng, self.now(), self.served),
            base=self.base,
            language=prefix or "ru",
            path=path,
            special="special" in query,
            error=CLOSED if failed else "",
            extra_links=self._extra_links(prefix or "ru", path, query),
        )

    def _extra_links(self, prefix: str, path: str, query: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
        """Links into the traps, and as many article links as the page is to be padded with."""
        trapped = traps.links(prefix, path, query, self.rng) if self.traps else ()
        return trapped + (self._padded(prefix, sum(path.encode()) % _PADS) if self.padding else ())

    def _padded(self, prefix: str, pad: int) -> tuple[tuple[str, str], ...]:
        """One of the few blocks of article links that make pages large; kept until the next publication."""
        key = (prefix, pad, self.world.revision)
        if key not in self._pads:
            listed = self.world.listed()
            chosen = (listed[(pad * 31 + n) % len(listed)] for n in range(self.padding))
            self._pads[key] = tuple((f"/{prefix}/{node.path}", node.wording.title) for node in chosen)
        return self._pads[key]

    def _page(self, path: str, query: dict[str, list[str]], view: View) -> Answer:
        number = _number(query.get("page", ["0"])[0])
        if path in ("", "node"):
            return pages.listing(self.world.listed(), "", number, view, front=True)
        if path == "news":
            return pages.listing(self.world.listed(), view.labels.news, number, view)
        if path in ("rss.xml", "rss"):
            return feeds.rss(view)
        if path.startswith("rubrika/") and path[8:] in RUBRICS:
            return pages.section(path[8:], number, view)
        return self._node(path, view) or self._other(path, number, view)

    def _node(self, path: str, view: View) -> Answer | None:
        """The node at this alias, number, print view or comment."""
        if node := self.world.at(path):
            return pages.article(node, view)
        numbered = re.fullmatch(r"(node|print|comment)/(\d{1,9})", path)
        if not numbered:
            return None
        number = int(numbered[2])
        found = self.world.nodes.get(number // 100 if numbered[1] == "comment" else number)
        if found is None or found.pending or (numbered[1] == "comment" and number % 100 >= found.comments):
            return None
        if not found.live:
            return self._gone(found.status, view)
        return pages.print_view(found, view) if numbered[1] == "print" else pages.article(found, view)

    def _other(self, path: str, number: int, view: View) -> Answer:
        if path in self.world.redirects:
            return answers.redirect(f"{self.base}{view.prefix}/{self.world.redirects[path]}")
        if path in self.world.dead:
            return pages.not_found(view)
        gone = next((n for n in self.world.nodes.values() if n.path.lower() == path and n.status != 200), None)
        if gone:
            return self._gone(gone.status, view)
        if reply := re.fullmatch(r"comment/reply/(\d+)(/\d+)?", path):
            self._errors.add(view.noise.token)
            cookie = ("Set-Cookie", f"SESS5f0c={view.noise.token}; path=/; HttpOnly")
            return answers.redirect(f"{self.base}{view.prefix}/node/{reply[1]}", status=302, headers=(cookie,))
        if banner := re.fullmatch(r"banner/click/(\d{1,6})", path):
            to = "https://banner.example/" if int(banner[1]) % 2 else f"{self.base}/"
            return answers.redirect(to, status=302)
        if _FORMS.fullmatch(path):
            form = f'<form method="post"><input name="{view.noise.token[:8]}"/></form>'
            return pages.message(200, view.labels.login, form, view)
        if path.startswith("news/"):
            return pages.listing(self.world.listed(), view.labels.news, number, view)
        return pages.not_found(view)

    def _gone(self, status: int, view: View) -> Answer:
        if status == 403:
            return pages.denied(view)
        if status == 302:
            return answers.redirect(f"{self.base}{view.prefix}/news", status=302)
        return pages.not_found(view)

    def _file(self, path: str) -> Answer | None:
        """Files of the files folder, pictures, style sheets: the web server's own."""
        if path.startswith(FILES):
            if file := self.world.files.get(path.removeprefix(FILES)):
                made = datetime.strptime(file.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                return answers.static(file.content, file.media_type, made)
            return Answer(status=404, body=b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>")
        asset = _ASSETS.fullmatch(path)
        if asset is None:
            return None
        if asset[2] in ("css", "js"):
            kind = "text/css" if asset[2] == "css" else "application/javascript"
            return answers.static(b"/* empty */\n", kind, _LONG_AGO)
        shade = sum(path.encode()) % 251
        return answers.static(files.png((shade, 255 - shade, 90)), "image/png", _LONG_AGO)


def _spelled(raw: str, whole: str) -> tuple[str, str]:
    """(language prefix, path) with case, doubled and closing slashes folded; `?q=` leaves the prefix in the path."""
    words = [word for word in raw.lower().split("/") if word]
    prefix = words.pop(0) if words and words[0] in LANGUAGES else ""
    if not prefix and raw != whole:
        before = [word for word in whole.lower().split("/") if word]
        prefix = before[0] if before and before[0] in LANGUAGES else ""
    return prefix, "/".join(words)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
