"""An unknown site served on the loopback address: every request gets another drawing of the page."""

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from config.site import Site, without_profile
from tests.unknown.model import Story, UnknownSite


class UnknownServer:
    """Serves one site on port 0 from ``start`` to ``stop``; its pages can be edited, or given a clock."""

    def __init__(self, site: UnknownSite) -> None:
        self.site = site
        self.requests: list[str] = []
        self._edits: list[tuple[str, str, str]] = []
        self._ticks = count(1)
        self._clocks: set[str] = set()
        self._paths = {*site.lists, *(story.path for story in site.stories)}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def profile(self) -> Site:
        """What is known of the site: its address. All its pages are seeds, as its own links do not lead to each."""
        site = without_profile(self.host, self.url("/"))
        policy = site.policy.model_copy(update={"min_delay": 0.0, "concurrency": 8, "gone_after": 0.0})
        seeds = tuple(self.url(path) for path in sorted(self._paths))
        return site.model_copy(update={"policy": policy, "seeds": seeds})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def edit(self, story: Story, old: str, new: str) -> None:
        """From now on a story says something else."""
        self._edits.append((story.path, old, new))

    def put_clock(self, story: Story) -> None:
        """From now on the story's last paragraph is followed by one with a clock, in the very same markup."""
        self._clocks.add(story.path)

    def body(self, path: str) -> bytes:
        """One drawing of a page; its noise is another each time."""
        tick = next(self._ticks)
        page = self.site.draw(path, random.Random(f"{self.site.name} {path} {tick}"))
        if path in self._clocks:
            last = next(story for story in self.site.stories if story.path == path).blocks[-1].html
            page = _replaced(page, last, f"{last}<p>Сейчас {tick // 60 % 24:02}:{tick % 60:02}, музей открыт</p>")
        for edited, old, new in self._edits:
            page = _replaced(page, old, new) if path == edited else page
        return page.encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.requests.append(self.path)
                known = self.path in server._paths
                body = server.body(self.path) if known else b"not found"
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8" if known else "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Requests are counted, not printed."""

        return Handler


def _replaced(page: str, old: str, new: str) -> str:
    if old not in page:
        raise ValueError(f"the page does not say {old!r}")
    return page.replace(old, new)
